//! Where things lie on the schedule, for as many as there may be: blocks in lanes, rows of which only
//! those in sight are drawn, and what takes place on which day. Pure: instants in ms, widths in px.

import { millis } from "../../kit/time";
import type { AskConflicts, DeploymentRow, NamedSpan, ScheduleRow } from "../../rpc/generated";
import type { Stretch } from "./people";
import { midnight, type Span } from "./span";

export interface Block extends Span {
  deployment: DeploymentRow;
  lane: number;
}

export interface Placed {
  blocks: Block[];
  lanes: number;
  /** What is there and has no room: counted, and listed in the agenda. */
  hidden: number;
}

/** More lanes than these nobody reads. */
export const MOST_LANES = 6;
/** More blocks than these in one row are not drawn. */
const MOST_BLOCKS = 160;

/** When it runs or ran: its run once it has started, else its window. */
export function extent(row: DeploymentRow, now: number): Span {
  const from = millis(row.started_at ?? row.starts_at);
  if (!row.started_at) return { from, to: millis(row.window_ends_at) };
  return { from, to: row.ended_at ? millis(row.ended_at) : Math.max(now, from) };
}

/** Puts what is in sight into lanes in which no two lie over each other, each at least `least` ms
 *  broad so that it can be seen and hit. */
export function place(
  deployments: DeploymentRow[],
  span: Span,
  least: number,
  now: number,
): Placed {
  const all = deployments.map((deployment) => ({ deployment, ...extent(deployment, now) }));
  const { placed, lanes, hidden } = inLanes(all, span, least);
  return { blocks: placed, lanes, hidden };
}

/** The same of anything that has a beginning and an end. */
export function inLanes<T extends Span>(
  all: T[],
  span: Span,
  least: number,
): { placed: (T & { lane: number })[]; lanes: number; hidden: number } {
  const seen = all
    .filter((one) => one.to > span.from && one.from < span.to)
    .sort((a, b) => a.from - b.from || a.to - b.to);
  const ends: number[] = [];
  const placed: (T & { lane: number })[] = [];
  let hidden = 0;
  for (const one of seen) {
    // Where it is drawn: held inside the span, with the room it needs.
    const left = Math.max(span.from, Math.min(one.from, span.to - least));
    let lane = ends.findIndex((end) => end <= left);
    if (lane === -1) lane = ends.length;
    if (lane >= MOST_LANES || placed.length >= MOST_BLOCKS) {
      hidden++;
      continue;
    }
    ends[lane] = Math.max(one.to, left + least);
    placed.push({ ...one, lane });
  }
  return { placed, lanes: Math.max(1, ends.length), hidden };
}

/** Where each row begins; one more than there are rows, the last is the height of all. */
export function tops(heights: number[]): number[] {
  const all = [0];
  for (const height of heights) all.push((all.at(-1) ?? 0) + height);
  return all;
}

/** The rows that are in sight, and some around them: [first, behind the last). */
export function inSight(
  starts: number[],
  top: number,
  height: number,
  spare = 2,
): [number, number] {
  const rows = starts.length - 1;
  // The last row that begins at `at` or before.
  const row = (at: number) => {
    let [low, high] = [0, rows];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return Math.min(low, Math.max(0, rows - 1));
  };
  if (rows <= 0) return [0, 0];
  return [Math.max(0, row(top) - spare), Math.min(rows, row(top + height) + 1 + spare)];
}

/** One thing on a calendar of days. */
export interface Entry extends Span {
  id: string;
  place: string;
  deployment?: DeploymentRow;
  held?: NamedSpan;
  /** Somebody is away or on duty. */
  stretch?: Stretch;
}

/** Everything, the earliest first. What holds several environments is one entry that names them. */
export function entries(rows: ScheduleRow[], now: number): Entry[] {
  const all: Entry[] = [];
  const spans = new Map<string, Entry & { places: string[] }>();
  for (const row of rows) {
    const place = `${row.product_name} · ${row.environment_name}`;
    for (const deployment of row.deployments) {
      all.push({ id: deployment.key, place, deployment, ...extent(deployment, now) });
    }
    for (const held of row.spans) {
      const id = `${held.id}@${held.start}`;
      const known = spans.get(id);
      if (known) known.places.push(place);
      else {
        const from = millis(held.start);
        spans.set(id, { id, place, places: [place], held, from, to: millis(held.end) });
      }
    }
  }
  for (const { places, ...entry } of spans.values()) {
    const [first = "", ...more] = places;
    all.push({ ...entry, place: more.length > 0 ? `${first} and ${more.length} more` : first });
  }
  return all.sort((a, b) => a.from - b.from || a.to - b.to || (a.id < b.id ? -1 : 1));
}

/** Stretches that are so many that they lie over each other are drawn as one, a kind each. */
export function joined(spans: NamedSpan[], most = 200): NamedSpan[] {
  if (spans.length <= most) return spans;
  const last = new Map<string, NamedSpan>();
  const all: NamedSpan[] = [];
  for (const one of [...spans].sort((a, b) => millis(a.start) - millis(b.start))) {
    const before = last.get(one.purpose);
    if (before && millis(one.start) <= millis(before.end)) {
      before.name = "several";
      if (millis(one.end) > millis(before.end)) before.end = one.end;
    } else {
      const copy = { ...one };
      last.set(one.purpose, copy);
      all.push(copy);
    }
  }
  return all;
}

/** The entries of each day of the span, by the reader's midnight; what lasts for days is on each. */
export function byDay(all: Entry[], span: Span): { day: number; entries: Entry[] }[] {
  const days: { day: number; entries: Entry[] }[] = [];
  for (let day = midnight(span.from); day < span.to; day = midnight(day, 1)) {
    days.push({ day, entries: [] });
  }
  for (const entry of all) {
    const first = Math.max(midnight(entry.from), days[0]?.day ?? 0);
    // An entry without length is on its day all the same.
    const last = Math.max(entry.to, entry.from + 1);
    let low = 0;
    let high = days.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((days[middle]?.day ?? 0) < first) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < days.length && (days[i]?.day ?? 0) < last; i++) {
      days[i]?.entries.push(entry);
    }
  }
  return days;
}

/** The question what stands against this start; the window keeps its length. */
export function conflictsOf(row: DeploymentRow, start: number): AskConflicts {
  const length = millis(row.window_ends_at) - millis(row.starts_at);
  return {
    deployment: row.key,
    key: null,
    environment: null,
    targets: null,
    starts_at: new Date(start).toISOString(),
    window_ends_at: new Date(start + length).toISOString(),
    expected: null,
  };
}
