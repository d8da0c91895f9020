//! Words after a deed, with the way back: `said("Merged into ISS-482", { undo })`. Never the only
//! place of an error that needs an answer.

import { toast } from "svelte-sonner";

interface Options {
  detail?: string;
  /** Shown as a button; the toast then stays ten seconds. */
  undo?: () => void;
  action?: { label: string; run: () => void };
}

function extras({ detail, undo, action }: Options) {
  const offered = undo ? { label: "Undo", run: undo } : action;
  return {
    description: detail,
    duration: offered ? 10_000 : 4000,
    action: offered ? { label: offered.label, onClick: offered.run } : undefined,
  };
}

export function said(message: string, options: Options = {}): void {
  toast(message, extras(options));
}
export function succeeded(message: string, options: Options = {}): void {
  toast.success(message, extras(options));
}
/** A refusal: its message and what to do. Stays twelve seconds. */
export function failed(thrown: unknown): void {
  const e =
    typeof thrown === "object" && thrown !== null && "message" in thrown
      ? (thrown as { message: string; hint?: string })
      : { message: String(thrown) };
  toast.error(e.message, { description: "hint" in e ? e.hint : undefined, duration: 12_000 });
}
