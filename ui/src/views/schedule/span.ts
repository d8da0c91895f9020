//! The stretch of time that the schedule shows, its ticks, and where things lie in it. Pure: instants
//! in ms; days begin at the reader's midnight, so a change of the clock makes a day of 23 or 25 hours.

import { readerLocale } from "../../kit/time";

export type Zoom = "day" | "half" | "week" | "month";
export interface Span {
  from: number;
  to: number;
}
export interface Tick {
  at: number;
  label: string;
  /** Begins a day: drawn stronger. */
  day: boolean;
}

const HOUR = 3_600_000;
const MINUTE = 60_000;

function midnight(at: number, days = 0): number {
  const d = new Date(at);
  return new Date(d.getFullYear(), d.getMonth(), d.getDate() + days).getTime();
}

/** What is shown around `at`. */
export function spanOf(zoom: Zoom, at: number): Span {
  const d = new Date(at);
  if (zoom === "day") return { from: midnight(at), to: midnight(at, 1) };
  if (zoom === "half") {
    const from = at - (at % HOUR) - 4 * HOUR;
    return { from, to: from + 12 * HOUR };
  }
  if (zoom === "week") {
    const since = (d.getDay() + 6) % 7;
    return { from: midnight(at, -since), to: midnight(at, 7 - since) };
  }
  return {
    from: new Date(d.getFullYear(), d.getMonth(), 1).getTime(),
    to: new Date(d.getFullYear(), d.getMonth() + 1, 1).getTime(),
  };
}

/** An instant in the span before (-1) or after (+1). */
export function shift(zoom: Zoom, at: number, by: -1 | 1): number {
  if (zoom === "half") return at + by * 12 * HOUR;
  const d = new Date(at);
  if (zoom === "day") d.setDate(d.getDate() + by);
  else if (zoom === "week") d.setDate(d.getDate() + 7 * by);
  else d.setMonth(d.getMonth() + by, 1);
  return d.getTime();
}

export function ticks(zoom: Zoom, span: Span, locale = readerLocale()): Tick[] {
  const found: Tick[] = [];
  if (zoom === "day" || zoom === "half") {
    const every = zoom === "day" ? 2 : 1;
    const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    for (let at = span.from; at < span.to; at += every * HOUR) {
      found.push({ at, label: time.format(at), day: midnight(at) === at });
    }
    return found;
  }
  const day = new Intl.DateTimeFormat(
    locale,
    zoom === "week" ? { weekday: "short", day: "numeric" } : { day: "numeric" },
  );
  for (let at = span.from; at < span.to; at = midnight(at, 1)) {
    found.push({ at, label: day.format(at), day: true });
  }
  return found;
}

/** Where an instant lies, 0 to 1, held inside. */
export function share(span: Span, at: number): number {
  return Math.min(1, Math.max(0, (at - span.from) / (span.to - span.from)));
}

/** The step that dragging snaps to. */
export function snap(zoom: Zoom, at: number): number {
  const step = zoom === "month" ? HOUR : zoom === "week" ? 15 * MINUTE : 5 * MINUTE;
  return Math.round(at / step) * step;
}

/** Lanes in which no two lie over each other, each at least `least` ms broad. */
export function lanes<T extends Span>(items: T[], least: number): { item: T; lane: number }[] {
  const ends: number[] = [];
  return [...items]
    .sort((a, b) => a.from - b.from)
    .map((item) => {
      let lane = ends.findIndex((end) => end <= item.from);
      if (lane === -1) lane = ends.length;
      ends[lane] = Math.max(item.to, item.from + least);
      return { item, lane };
    });
}
