//! The stretch of time that the schedule shows, its ticks, and where things lie in it. Pure: instants
//! in ms; days begin at the reader's midnight, so a change of the clock makes a day of 23 or 25 hours.

import { readerLocale } from "../../kit/time";

/** From an hour to a quarter, the nearest first. */
export const zooms = ["hour", "half", "day", "week", "month", "quarter"] as const;
export type Zoom = (typeof zooms)[number];
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
const QUARTER = 15 * MINUTE;

/** The reader's midnight before `at`, or so many days later. */
export function midnight(at: number, days = 0): number {
  const d = new Date(at);
  return new Date(d.getFullYear(), d.getMonth(), d.getDate() + days).getTime();
}

/** What is shown around `at`. */
export function spanOf(zoom: Zoom, at: number): Span {
  const d = new Date(at);
  if (zoom === "day") return { from: midnight(at), to: midnight(at, 1) };
  if (zoom === "hour") {
    const from = at - (at % QUARTER) - QUARTER;
    return { from, to: from + HOUR };
  }
  if (zoom === "half") {
    const from = at - (at % HOUR) - 4 * HOUR;
    return { from, to: from + 12 * HOUR };
  }
  if (zoom === "week") {
    const since = (d.getDay() + 6) % 7;
    return { from: midnight(at, -since), to: midnight(at, 7 - since) };
  }
  const months = zoom === "quarter" ? 3 : 1;
  return {
    from: new Date(d.getFullYear(), d.getMonth(), 1).getTime(),
    to: new Date(d.getFullYear(), d.getMonth() + months, 1).getTime(),
  };
}

/** An instant in the span before (-1) or after (+1). */
export function shift(zoom: Zoom, at: number, by: -1 | 1): number {
  if (zoom === "hour") return at + by * HOUR;
  if (zoom === "half") return at + by * 12 * HOUR;
  const d = new Date(at);
  if (zoom === "day") d.setDate(d.getDate() + by);
  else if (zoom === "week") d.setDate(d.getDate() + 7 * by);
  else d.setMonth(d.getMonth() + by * (zoom === "quarter" ? 3 : 1), 1);
  return d.getTime();
}

export function ticks(zoom: Zoom, span: Span, locale = readerLocale()): Tick[] {
  const found: Tick[] = [];
  if (zoom === "hour") {
    const time = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
    for (let at = span.from; at < span.to; at += 5 * MINUTE) {
      found.push({ at, label: time.format(at), day: midnight(at) === at });
    }
    return found;
  }
  if (zoom === "quarter") {
    const week = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
    const d = new Date(span.from);
    let at = midnight(span.from, (8 - d.getDay()) % 7);
    for (; at < span.to; at = midnight(at, 7)) {
      found.push({ at, label: week.format(at), day: new Date(at).getDate() <= 7 });
    }
    return found;
  }
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
  const step = stepOf(zoom);
  return Math.round(at / step) * step;
}

/** What one press of an arrow moves by, and what dragging lands on. */
export function stepOf(zoom: Zoom): number {
  if (zoom === "hour") return MINUTE;
  if (zoom === "week") return QUARTER;
  if (zoom === "month") return HOUR;
  return zoom === "quarter" ? 3 * HOUR : 5 * MINUTE;
}
