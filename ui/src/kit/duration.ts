//! Lengths of time as people type them: "90", "90 min", "2h", "1 h 30", "2 days", "1w". Pure, in whole
//! minutes. Absent: months and years, whose length depends on when.

const UNITS: Record<string, number> = { m: 1, h: 60, d: 1440, w: 10_080 };
const NAMES: [number, string][] = [
  [1440, "d"],
  [60, "h"],
  [1, "min"],
];

/** Minutes, or undefined if it is no length of time. A bare number is minutes; after hours too. */
export function parseMinutes(text: string): number | undefined {
  const words = text.trim().toLowerCase().replace(/,/g, ".");
  if (!/^(\d+(\.\d+)?\s*[a-z]*\s*)+$/.test(words)) return undefined;
  let sum = 0;
  for (const [, count, word = ""] of words.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)/g)) {
    if (!/^(|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/.test(word)) return undefined;
    sum += Number(count) * (UNITS[word[0] ?? "m"] ?? 1);
  }
  return Math.round(sum);
}

/** "2 d 4 h", "45 min": what `parseMinutes` reads back to the same number. In hours at most where a day
 *  would be misread (business hours). */
export function writeMinutes(minutes: number, largest: "d" | "h" = "d"): string {
  if (minutes === 0) return "0 min";
  const parts: string[] = [];
  let left = minutes;
  for (const [size, name] of NAMES) {
    if (name === "d" && largest === "h") continue;
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${name}`);
    left -= count * size;
  }
  return parts.join(" ");
}
