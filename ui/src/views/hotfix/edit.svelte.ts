//! One text of a hot fix, or the report of an issue, while it is being edited: what was typed survives a closed window together with
//! what it was based on, and when somebody else writes the same text meanwhile, both stand side by side
//! until one is chosen. Made inside a component.

import { untrack } from "svelte";
import { createForm, same, type Form } from "../../kit/form.svelte";
import { merged, type Clash } from "../../kit/merge";
import { invalidate } from "../../kit/query.svelte";
import { said } from "../../kit/toast";
import { call } from "../../rpc/client";
import { keepDraft } from "./draft.svelte";

export interface EditOptions<V extends object, R> {
  /** Names the draft: "HF-3/cause". */
  name: string;
  /** What is asked for again when somebody else was quicker: "hotfix" if left out. */
  topic?: string;
  /** What it is called in a sentence: "The root cause". */
  what: string;
  /** As it is recorded now, and at which version of the thing it was last written. */
  there: () => { values: V; moved: number };
  /** The thing's version now. */
  version: () => number;
  validate?: (values: V) => Partial<Record<string, string>>;
  submit: (values: V, base: number) => Promise<R>;
  done: () => void;
}

interface Kept<V> {
  base: number;
  initial: V;
  values: V;
}

export class Edit<V extends object, R = unknown> {
  readonly form: Form<V, R>;
  /** What both changed: nothing can be saved before each is decided. */
  clashes = $state.raw<Clash[]>([]);
  /** The version of the thing that what stands here has seen. */
  base = $state(0);
  #options: EditOptions<V, R>;

  constructor(options: EditOptions<V, R>) {
    this.#options = options;
    this.base = untrack(options.version);
    this.form = createForm<V, R>({
      initial: untrack(options.there).values,
      validate: options.validate,
      submit: async (values) => {
        try {
          return await options.submit(values, this.base);
        } catch (thrown) {
          // What the other wrote is fetched, and stands beside what was typed.
          if ((thrown as { kind?: string }).kind === "conflict")
            invalidate([options.topic ?? "hotfix"]);
          throw thrown;
        }
      },
      done: options.done,
      draft: {
        save: async (values) => {
          const kept: Kept<V> = { base: this.base, initial: this.form.initial, values };
          // A draft that cannot be kept must not get in the way of typing.
          await this.#keep(JSON.stringify(kept)).catch(() => {});
        },
        clear: () => this.#keep("").catch(() => {}),
      },
    });
    keepDraft(this.form);
    void this.#restore();
    $effect(() => {
      const { moved, values } = options.there();
      if (moved <= this.base || this.form.pending) return;
      untrack(() => this.#arrive(values));
    });
  }

  /** Says that mine or theirs stands. */
  decide(clash: Clash, value: unknown): void {
    (this.form.values as Record<string, unknown>)[clash.field] = value;
    this.clashes = this.clashes.filter((each) => each !== clash);
    this.form.touched();
  }

  /** Why it cannot be saved yet. */
  get why(): string | undefined {
    return this.clashes.length > 0 ? "Decide first which text stands." : undefined;
  }

  async cancel(): Promise<void> {
    await this.form.reset();
    this.#options.done();
  }

  async #keep(text: string): Promise<void> {
    await call("draft_save", { name: this.#options.name, text });
  }

  async #restore(): Promise<void> {
    const { text } = await call("draft_load", { name: this.#options.name }).catch(() => ({
      text: "",
    }));
    const kept = parse<Kept<V>>(text);
    // What was typed meanwhile wins over what was kept before.
    if (!kept?.values || this.form.dirty) return;
    this.form.rebase({ ...this.form.initial, ...kept.initial });
    Object.assign(this.form.values, kept.values);
    this.base = kept.base;
  }

  /** Somebody else wrote it while it stood here. */
  #arrive(theirs: V): void {
    const mine = $state.snapshot(this.form.values) as V;
    const both = merged(this.form.initial, mine, theirs);
    this.base = this.#options.version();
    this.form.rebase(theirs);
    Object.assign(this.form.values, both.object);
    const open = this.clashes
      .filter(({ field }) => !both.clashes.some((each) => each.field === field))
      .map(({ field }) => ({
        field,
        mine: (mine as Record<string, unknown>)[field],
        theirs: (theirs as Record<string, unknown>)[field],
      }))
      .filter((each) => !same(each.mine, each.theirs));
    this.clashes = [...both.clashes, ...open];
    if (this.form.failure?.kind === "conflict") this.form.failure = undefined;
    if (this.clashes.length > 0) void this.form.keep();
    else if (!same(theirs, mine)) said(`${this.#options.what} was changed by somebody else`);
  }
}

function parse<T>(text: string): T | undefined {
  try {
    const kept: unknown = text === "" ? undefined : JSON.parse(text);
    return typeof kept === "object" && kept !== null ? (kept as T) : undefined;
  } catch {
    return undefined;
  }
}
