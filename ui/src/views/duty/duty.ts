//! Words for who is on duty: until when, who comes next, what is wrong with the weeks ahead. Pure.

import { clockTime, millis, type Instant } from "../../kit/time";
import type { DutyRow, OnDuty, Span } from "../../rpc/generated";

export type NameOf = (person: string) => string;

/** "Mara Kovac, Tom Reed" */
export const people = (all: OnDuty[], name: NameOf): string =>
  all.map((one) => name(one.person)).join(", ");

/** "Mon 09:00", or "30 Nov 09:00" further ahead. */
export const when = (at: Instant, now: number): string => clockTime(at, now);

/** "until Mon 09:00"; nothing where nobody knows. */
export const until = (one: OnDuty, now: number): string =>
  one.until ? `until ${when(one.until, now)}` : "";

/** "next: Tom Reed", with the time where nobody is on duty before. */
export function nextWords(row: DutyRow, name: NameOf, now: number): string {
  const first = row.next[0];
  if (!first) return "";
  const handsOver = row.now.some((one) => one.until === first.from);
  return `next: ${people(row.next, name)}${handsOver ? "" : ` from ${when(first.from, now)}`}`;
}

/** "Mon 30 Nov 09:00 – Tue 1 Dec 09:00" */
export function spanWords(span: Span, zone?: string): string {
  const format = new Intl.DateTimeFormat(undefined, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  });
  return `${format.format(millis(span.start))} – ${format.format(millis(span.end))}`;
}

/** When what is shown of now is not true any more. */
export function changesAt(rows: DutyRow[]): number | undefined {
  const times = rows.flatMap((row) => [
    ...row.now.flatMap((one) => (one.until ? [millis(one.until)] : [])),
    ...row.next.map((one) => millis(one.from)),
  ]);
  return times.length > 0 ? Math.min(...times) : undefined;
}

/** "2 gaps and 1 clash ahead"; nothing where all is well. */
export function troubleWords(rows: DutyRow[]): string {
  const gaps = rows.reduce((sum, row) => sum + row.all_gaps, 0);
  const clashes = rows.reduce((sum, row) => sum + row.clashes.length, 0);
  const some = (n: number, one: string, many: string) =>
    n === 0 ? "" : `${n} ${n === 1 ? one : many}`;
  const said = [some(gaps, "gap", "gaps"), some(clashes, "clash", "clashes")].filter(Boolean);
  return said.length > 0 ? `${said.join(" and ")} ahead` : "";
}
