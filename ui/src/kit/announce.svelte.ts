//! What a screen reader should hear though nothing took the focus: `announce("2 new reports")`.

import { untrack } from "svelte";

class Announcements {
  polite = $state("");
  assertive = $state("");
}
export const announcements = new Announcements();

export function announce(text: string, urgency: "polite" | "assertive" = "polite"): void {
  // The same words twice must still be a change, or nothing is spoken.
  // Read untracked: an effect that announces must not run again because of what it said.
  const last = untrack(() => announcements[urgency]);
  announcements[urgency] = last === text ? `${text}\u00a0` : text;
}
