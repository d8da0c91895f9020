//! Instants out of what people type: "17:30", "tomorrow 9", "fri 17:00", "+2h", "2026-11-24 17:30",
//! "24.11. 17:30". Pure: zone and now are given. Absent: display (time.ts).

import {
  CalendarDate,
  CalendarDateTime,
  fromAbsolute,
  toCalendarDate,
  toZoned,
} from "@internationalized/date";

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const UNITS: Record<string, number> = { m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** The instant meant (ms), or undefined if no sentence of this grammar. A wall time that a change of
 *  the clock skips moves past the gap, one that it repeats is the first. */
export function parseInstant(text: string, zone: string, now: number): number | undefined {
  const words = text.trim().toLowerCase().replace(/,/g, " ").replace(/\s+/g, " ");
  if (words === "now") return now;
  const ahead = /^(?:\+|in )\s*(\d+(?:\.\d+)?)\s*(m|min|h|d)(?:ays?|ours?|utes?|s)?$/.exec(words);
  if (ahead) return now + Number(ahead[1]) * (UNITS[ahead[2] ?? ""] ?? 0);
  if (/^\d{4}-\d{2}-\d{2}t.*(z|[+-]\d{2}:?\d{2})$/.test(words)) {
    const at = Date.parse(words.toUpperCase());
    return Number.isNaN(at) ? undefined : at;
  }
  const today = toCalendarDate(fromAbsolute(now, zone));
  const parts = words.replace("t", words.match(/^\d{4}-\d{2}-\d{2}t/) ? " " : "t").split(" ");
  const clock = parts.length > 1 || !dateOf(parts[0] ?? "", today) ? parts.pop() : undefined;
  const time = clock === undefined ? { hour: 9, minute: 0 } : timeOf(clock);
  if (!time) return undefined;
  const dateWords = parts.join(" ");
  let date = dateWords === "" ? today : dateOf(dateWords, today);
  if (!date) return undefined;
  let at = absolute(date, time, zone);
  // A bare time that has passed means tomorrow's.
  if (dateWords === "" && at < now - 60_000) {
    date = date.add({ days: 1 });
    at = absolute(date, time, zone);
  }
  return at;
}

/** "2026-11-24 17:30" in that zone: what the field shows and parses back to the same minute. */
export function writeInstant(at: number, zone: string): string {
  const z = fromAbsolute(at, zone);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${z.year}-${two(z.month)}-${two(z.day)} ${two(z.hour)}:${two(z.minute)}`;
}

function absolute(date: CalendarDate, time: { hour: number; minute: number }, zone: string) {
  const wall = new CalendarDateTime(date.year, date.month, date.day, time.hour, time.minute);
  return toZoned(wall, zone, "compatible").toDate().getTime();
}

function timeOf(text: string): { hour: number; minute: number } | undefined {
  const m = /^(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?$/.exec(text);
  if (!m) return undefined;
  let hour = Number(m[1]);
  const minute = Number(m[2] ?? 0);
  if (m[3] && (hour < 1 || hour > 12)) return undefined;
  if (m[3] === "pm" && hour < 12) hour += 12;
  if (m[3] === "am" && hour === 12) hour = 0;
  return hour < 24 && minute < 60 ? { hour, minute } : undefined;
}

function dateOf(text: string, today: CalendarDate): CalendarDate | undefined {
  if (text === "today") return today;
  if (text === "tomorrow") return today.add({ days: 1 });
  const day = text.length >= 3 ? DAYS.findIndex((d) => text.startsWith(d)) : -1;
  if (day !== -1 && /^[a-z]+$/.test(text)) {
    const weekday = today.toDate("UTC").getUTCDay();
    return today.add({ days: (day - weekday + 7) % 7 || 7 });
  }
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  if (iso) return real(Number(iso[1]), Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})?$/.exec(text);
  if (dotted) {
    return real(Number(dotted[3] ?? today.year), Number(dotted[2]), Number(dotted[1]));
  }
  return undefined;
}

/** No 31 February: CalendarDate would quietly constrain it. */
function real(year: number, month: number, day: number): CalendarDate | undefined {
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  const date = new CalendarDate(year, month, day);
  return date.month === month && date.day === day ? date : undefined;
}
