//! Drafts of forms, kept by the core for this person on this machine: what was typed survives a
//! closed window.

import { untrack } from "svelte";
import { createForm, type Form, type FormOptions } from "../../kit/form.svelte";
import { call } from "../../rpc/client";

/** The `draft` option of a form: `createForm({ draft: draftOf<Values>("HF-3/cause"), … })`. */
export function draftOf<V extends object>(
  name: string,
): NonNullable<FormOptions<V, unknown>["draft"]> {
  return {
    load: async () => {
      const { text } = await call("draft_load", { name }).catch(() => ({ text: "" }));
      return text === "" ? undefined : parse<V>(text);
    },
    // A draft that cannot be kept must not get in the way of typing.
    save: async (values) => {
      await call("draft_save", { name, text: JSON.stringify(values) }).catch(() => {});
    },
    clear: async () => {
      await call("draft_save", { name, text: "" }).catch(() => {});
    },
  };
}

function parse<V extends object>(text: string): Partial<V> | undefined {
  try {
    const kept: unknown = JSON.parse(text);
    return typeof kept === "object" && kept !== null ? (kept as Partial<V>) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether something was typed and not sent, so that the form should stand open again. */
export async function hasDraft(name: string): Promise<boolean> {
  const { text } = await call("draft_load", { name }).catch(() => ({ text: "" }));
  return text !== "";
}

/** A form that opens inside a page: its draft is kept under a name, and it shuts when it is saved or given up. */
export function openForm<V extends object, R>(
  name: string,
  shut: () => void,
  options: Omit<FormOptions<V, R>, "draft" | "done">,
): { form: Form<V, R>; cancel: () => Promise<void> } {
  const form = createForm<V, R>({ ...options, draft: draftOf<V>(name), done: () => shut() });
  keepDraft(form);
  const cancel = async () => {
    await form.reset();
    shut();
  };
  return { form, cancel };
}

/** Keeps the draft while anything in the form changes, and once more when the form goes away. */
export function keepDraft<V extends object, R>(form: Form<V, R>): void {
  $effect(() => {
    JSON.stringify(form.values);
    untrack(() => {
      if (form.dirty) form.touched();
    });
  });
  // Without `pending`: what was just sent is no draft.
  $effect(() => () => {
    if (!form.pending) void form.keep();
  });
}
