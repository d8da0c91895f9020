//! The state of one form: what was typed, what is wrong with it, whether it is being sent. Nothing
//! typed is ever lost: a refusal keeps every value, and drafts go to callbacks that the caller gives.
//! Absent: knowledge of any request or transport; an error is anything with a message.

import { tick } from "svelte";

/** What a refused submit throws: the core's error, or anything with a message. */
export interface Refusal {
  kind?: string;
  message: string;
  hint?: string;
  /** The field, as the request names it: "title", "affected.count", "steps[2].url" or "steps.2.url". */
  where?: string;
}

export interface FormOptions<V extends object, R> {
  initial: V;
  submit: (values: V) => Promise<R>;
  /** Wrong fields found before anything is sent: field name → sentence. */
  validate?: (values: V) => Partial<Record<string, string>>;
  done?: (result: R) => void;
  /** Where a draft is kept. `save` is called at most every `every` ms (400) while typing. */
  draft?: {
    load?: () => Promise<Partial<NoInfer<V>> | undefined> | Partial<NoInfer<V>> | undefined;
    save: (values: NoInfer<V>) => Promise<void> | void;
    clear?: () => Promise<void> | void;
    every?: number;
  };
  /** Prefix of element ids; needed only when one screen holds two forms with like-named fields. */
  id?: string;
}

export interface FormError {
  id?: string;
  field?: string;
  message: string;
  hint?: string;
}

function copy<T>(value: T): T {
  return structuredClone($state.snapshot(value)) as T;
}

/** Whether two values say the same; the order in which an object names its fields says nothing. */
export function same(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a, inOrder) === JSON.stringify(b, inOrder);
}

function inOrder(_: string, value: unknown): unknown {
  // JSON has no word for a number that is none; it must still differ from null.
  if (Number.isNaN(value)) return "NaN";
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** "steps[2].url" and "steps.2.url" are one field. */
function dotted(name: string): string {
  return name.replace(/\[(\d+)\]/g, ".$1");
}

let counter = 0;

export class Form<V extends object, R = unknown> {
  /** Bind inputs to its fields: `bind:value={form.values.title}`. */
  values: V;
  /** Field name → sentence. */
  errors = $state<Record<string, string>>({});
  /** An error that belongs to no field. */
  failure = $state<Refusal | undefined>();
  pending = $state(false);
  /** When the draft was last kept (ms), for "Draft kept". */
  keptAt = $state<number | undefined>();
  readonly id: string;

  #initial = $state.raw() as V;
  #options: FormOptions<V, R>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FormOptions<V, R>) {
    this.#options = options;
    this.id = options.id ?? `form${++counter}`;
    this.#initial = copy(options.initial);
    this.values = $state(copy(options.initial));
    void this.#restore();
  }

  get dirty(): boolean {
    return !same($state.snapshot(this.values), this.#initial);
  }

  /** Props for Field: `<Field label="Title" {...form.field("title")}>`. */
  field(name: string): { id: string; error: string | undefined } {
    return { id: this.#idOf(name), error: this.errors[dotted(name)] };
  }

  /** For ErrorSummary, in the order the fields were refused. */
  get summary(): FormError[] {
    const list: FormError[] = Object.entries(this.errors).map(([field, message]) => ({
      id: this.#idOf(field),
      field,
      message,
    }));
    if (this.failure) list.push({ message: this.failure.message, hint: this.failure.hint });
    return list;
  }

  /** Sends what was typed. Undefined if refused; the values stay as they are either way. */
  submit = async (event?: Event): Promise<R | undefined> => {
    event?.preventDefault();
    if (this.pending) return undefined;
    const values = copy(this.values);
    const wrong = Object.entries(this.#options.validate?.(values) ?? {}).filter(([, m]) => m);
    this.errors = Object.fromEntries(wrong) as Record<string, string>;
    this.failure = undefined;
    if (wrong.length > 0) return undefined;
    this.pending = true;
    try {
      const result = await this.#options.submit(values);
      this.#initial = values;
      this.#cancelDraft();
      await this.#options.draft?.clear?.();
      this.keptAt = undefined;
      this.#options.done?.(result);
      return result;
    } catch (thrown) {
      this.refuse(thrown);
      return undefined;
    } finally {
      this.pending = false;
    }
  };

  /** Shows an error at its field if the form has it, else above the form. */
  refuse(thrown: unknown): void {
    const refusal: Refusal =
      typeof thrown === "object" && thrown !== null && "message" in thrown
        ? (thrown as Refusal)
        : { message: String(thrown) };
    const where = refusal.where && dotted(refusal.where);
    const root = where?.split(".")[0];
    const field = where && root && root in this.values ? where : undefined;
    if (field === undefined) this.failure = refusal;
    else this.errors = { ...this.errors, [field]: join(refusal.message, refusal.hint) };
  }

  /** Call it when something was typed (an effect in the screen): keeps a draft, clears the error. */
  touched(name?: string): void {
    const field = name && dotted(name);
    if (field && this.errors[field]) {
      const { [field]: _, ...rest } = this.errors;
      this.errors = rest;
    }
    const draft = this.#options.draft;
    if (!draft || this.#timer) return;
    this.#timer = setTimeout(() => void this.keep(), draft.every ?? 400);
  }

  /** Keeps the draft now (before the window closes, say). */
  async keep(): Promise<void> {
    this.#cancelDraft();
    if (!this.dirty) return;
    await this.#options.draft?.save(copy(this.values));
    this.keptAt = Date.now();
  }

  /** Back to the beginning, or to new values that are now the beginning. */
  async reset(values?: V): Promise<void> {
    this.#cancelDraft();
    if (values) this.#initial = copy(values);
    Object.assign(this.values, copy(this.#initial));
    this.errors = {};
    this.failure = undefined;
    await this.#options.draft?.clear?.();
    this.keptAt = undefined;
  }

  /** The beginning has moved (somebody else saved): what was typed stays, and is held against it. */
  rebase(values: V): void {
    this.#initial = copy(values);
  }

  /** Where the form began, as it is held against what was typed. */
  get initial(): V {
    return copy(this.#initial);
  }

  async #restore(): Promise<void> {
    const kept = await this.#options.draft?.load?.();
    // What was typed meanwhile wins over what was kept before.
    if (kept && !this.dirty) Object.assign(this.values, kept);
    await tick();
  }

  #cancelDraft(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #idOf(name: string): string {
    return `${this.id}-${dotted(name).replace(/[^\w-]+/g, "-")}`;
  }
}

function join(message: string, hint?: string): string {
  return hint ? `${message} ${hint}` : message;
}

export function createForm<V extends object, R = unknown>(options: FormOptions<V, R>): Form<V, R> {
  return new Form(options);
}
