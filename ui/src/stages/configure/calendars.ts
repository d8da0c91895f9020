//! Words for what comes of a calendar that is taken in.

import type { EventBecame, TakenCalendar } from "../../rpc/generated";

export const eventWords: Record<EventBecame, string> = {
  added: "New",
  changed: "Changed",
  known: "Known",
  retired: "Gone",
};

const some = (n: number, one: string, many = one) =>
  `${n.toLocaleString()} ${n === 1 ? one : many}`;

/** "3 new, 1 changed, 12 known already; 40 are over already and not taken in." */
export function takenWords(taken: TakenCalendar): string {
  const parts = [
    [taken.added, "new"],
    [taken.changed, "changed"],
    [taken.retired, "gone"],
    [taken.known, "known already"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => some(n, word));
  const words = said.length > 0 ? said.join(", ") : "Nothing to take in";
  const over =
    taken.over > 0 ? `; ${some(taken.over, "is over", "are over")} already and not taken in` : "";
  return `${words}${over}.`;
}

/** Days off that are not listed yet, whatever they are called there. */
export function newDays(known: string[], found: string[]): string[] {
  const day = (text: string) => text.split(" ")[0] ?? "";
  const there = new Set(known.map(day));
  return found.filter((text) => {
    const own = day(text);
    if (there.has(own) || there.has(own.slice(5))) return false;
    there.add(own);
    return true;
  });
}
