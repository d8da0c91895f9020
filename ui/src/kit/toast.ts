//! Words after a deed, with the way back: `said("Merged into ISS-482", { undo })`. Never the only
//! place of an error that needs an answer.

import { toast } from "svelte-sonner";

interface Options {
  detail?: string;
  /** Shown as a button; the toast then stays ten seconds. */
  undo?: () => void;
  action?: { label: string; run: () => void };
}

/** What the newest note offers, as long as it stands there. */
let offer: { id: string | number; run: () => void } | undefined;

function show(tell: typeof toast.success, message: string, { detail, undo, action }: Options) {
  const offered = undo ? { label: "Undo", run: undo } : action;
  const over = () => {
    if (offer?.id === id) offer = undefined;
  };
  const id = tell(message, {
    description: detail,
    duration: offered ? 10_000 : 4000,
    action: offered ? { label: offered.label, onClick: offered.run } : undefined,
    onDismiss: over,
    onAutoClose: over,
  });
  if (offered) offer = { id, run: offered.run };
}

/** By keyboard what the button of the newest note does; nothing if none stands there. */
export function takeOffer(): void {
  const taken = offer;
  if (!taken) return;
  offer = undefined;
  toast.dismiss(taken.id);
  taken.run();
}

export function said(message: string, options: Options = {}): void {
  show(toast, message, options);
}
export function succeeded(message: string, options: Options = {}): void {
  show(toast.success, message, options);
}
/** A refusal: its message and what to do. Stays twelve seconds. */
export function failed(thrown: unknown): void {
  const e =
    typeof thrown === "object" && thrown !== null && "message" in thrown
      ? (thrown as { message: string; hint?: string })
      : { message: String(thrown) };
  toast.error(e.message, { description: "hint" in e ? e.hint : undefined, duration: 12_000 });
}
