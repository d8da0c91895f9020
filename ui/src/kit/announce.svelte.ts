//! What a screen reader should hear though nothing took the focus: `announce("2 new reports")`.

class Announcements {
  polite = $state("");
  assertive = $state("");
}
export const announcements = new Announcements();

export function announce(text: string, urgency: "polite" | "assertive" = "polite"): void {
  // The same words twice must still be a change, or nothing is spoken.
  announcements[urgency] = announcements[urgency] === text ? `${text}\u00a0` : text;
}
