//! Which period is asked for, how its figures are said, and how they changed. Pure: now is given; days
//! begin at the reader's midnight. Absent: any formula (the core sends each in words).

import { duration, millis, readerLocale } from "../../kit/time";
import type { Every, Figure, Metric, MetricPoint, Metrics, MetricUnit } from "../../rpc/generated";
import { midnight } from "../schedule/span";

export const spans = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "year", label: "12 months" },
  { value: "own", label: "Own dates" },
] as const;
export type SpanChoice = (typeof spans)[number]["value"];

/** All that the screen shows, as its address keeps it: back from a hot fix, the same rows are there. */
export interface Asked {
  span: SpanChoice;
  /** Own dates: RFC 3339. */
  from: string | null;
  to: string | null;
  /** Null follows from the period. */
  every: Every | null;
  product: string | null;
  team: string | null;
  measure: Metric | null;
  /** The point whose rows are shown, by its start; the whole period without. */
  point: string | null;
  counting: boolean;
  /** Of its rows only those of this part. */
  part: string | null;
}

export function readAsked(query: URLSearchParams): Asked {
  const every = query.get("by");
  return {
    span: spans.find((one) => one.value === query.get("span"))?.value ?? "90",
    from: query.get("from"),
    to: query.get("to"),
    every: every === "week" || every === "month" ? every : null,
    product: query.get("product"),
    team: query.get("team"),
    measure: query.get("measure") as Metric | null,
    point: query.get("point"),
    counting: query.get("only") === "counting",
    part: query.get("part"),
  };
}

export function addressOf(asked: Asked): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string | null) => {
    if (value !== null && value !== "") query.set(name, value);
  };
  put("span", asked.span === "90" ? null : asked.span);
  if (asked.span === "own") {
    put("from", asked.from);
    put("to", asked.to);
  }
  put("by", asked.every);
  put("product", asked.product);
  put("team", asked.team);
  put("measure", asked.measure);
  put("point", asked.measure && asked.point);
  put("only", asked.measure && asked.counting ? "counting" : null);
  put("part", asked.measure && asked.part);
  const text = query.toString();
  return text === "" ? "/insights" : `/insights?${text}`;
}

/** The period in ms, up to the end of today. Own dates that are not both there are the usual ones. */
export function periodOf(asked: Asked, now: number): { from: number; to: number } {
  const to = midnight(now, 1);
  const day = new Date(now);
  if (asked.span === "year") {
    const from = new Date(day.getFullYear() - 1, day.getMonth(), day.getDate() + 1).getTime();
    return { from, to };
  }
  const usual = { from: midnight(now, asked.span === "30" ? -29 : -89), to };
  if (asked.span !== "own") return usual;
  const own = (at: string | null, other: number) =>
    at === null || Number.isNaN(millis(at)) ? other : millis(at);
  return { from: own(asked.from, usual.from), to: own(asked.to, usual.to) };
}

/** Weeks, or months where there would be too many of them. */
export function everyOf(asked: Asked, period: { from: number; to: number }): Every {
  return asked.every ?? (period.to - period.from > 183 * 86_400_000 ? "month" : "week");
}

/** A value in its unit: "4 h 30 min", "2.3 a week", "75 %", "3.7 of 5"; a dash where there is none. */
export function valueWords(unit: MetricUnit, value: number | null): string {
  if (value === null) return "–";
  if (unit === "seconds") return duration(value * 1000);
  if (unit === "per_week") return `${rateWords(value)} a week`;
  if (unit === "share") return shareWords(value);
  const score = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return `${value.toLocaleString(readerLocale(), score)} of 5`;
}

/** "12", "2.3", "0.25": nobody counts deployments more finely. */
function rateWords(value: number): string {
  const few = value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 };
  return value.toLocaleString(readerLocale(), few);
}

/** Whole percents, with a digit more where little is much: "75 %", "0.4 %". */
function shareWords(value: number): string {
  const percent = value * 100;
  const fraction = percent > 0 && percent < 10 ? 1 : 0;
  return `${percent.toLocaleString(readerLocale(), { maximumFractionDigits: fraction })} %`;
}

const count = (n: number) => n.toLocaleString(readerLocale());

/** Of what a figure is made: "3 of 4", "median of 12, 2 without". */
export function madeOf(
  one: Pick<Figure, "unit" | "of" | "part" | "without">,
  without = one.without,
): string {
  const none = without > 0 ? `${count(without)} without` : "";
  if (one.of === 0) return none || "nothing in this period";
  if (one.unit === "share") return `${count(one.part ?? 0)} of ${count(one.of)}`;
  if (one.unit === "per_week") return `${count(one.of)} in all`;
  const kind = one.unit === "seconds" ? "median" : "mean";
  return [`${kind} of ${count(one.of)}`, none].filter(Boolean).join(", ");
}

export interface Change {
  words: string;
  /** Which way the value went. */
  way: "up" | "down" | "same";
  tone: "ok" | "bad" | "plain";
}

/** How a figure stands to the period before; undefined where either has no value. */
export function changeOf(
  one: Pick<Figure, "unit" | "value" | "before" | "better">,
): Change | undefined {
  if (one.value === null || one.before === null) return undefined;
  const before = valueWords(one.unit, one.before);
  // What reads the same has not changed for who reads it.
  if (valueWords(one.unit, one.value) === before) {
    return { words: "as before", way: "same", tone: "plain" };
  }
  const way = one.value > one.before ? "up" : "down";
  const good = one.better === "neither" ? undefined : (one.better === "more") === (way === "up");
  const judged = good === undefined ? "" : good ? "better, " : "worse, ";
  return {
    words: `${judged}was ${before}`,
    way,
    tone: good === undefined ? "plain" : good ? "ok" : "bad",
  };
}

function dated(at: string | number, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(readerLocale(), options).format(millis(at));
}

/** "7 Sept", with its year where that is another one than `now`'s. */
function dayWords(at: string | number, now: number): string {
  const year = new Date(millis(at)).getFullYear() === new Date(now).getFullYear();
  return dated(at, { day: "numeric", month: "short", ...(year ? {} : { year: "numeric" }) });
}

/** "Week of 7 Sept", "September 2026". */
export function pointName(every: Every, point: Pick<MetricPoint, "from">, now: number): string {
  return every === "week"
    ? `Week of ${dayWords(point.from, now)}`
    : dated(point.from, { month: "long", year: "numeric" });
}

/** The same, where there is little room: "7 Sept", "Sept". */
export function pointShort(every: Every, point: Pick<MetricPoint, "from">): string {
  return every === "week"
    ? dated(point.from, { day: "numeric", month: "short" })
    : dated(point.from, { month: "short" });
}

/** "Week of 7 Sept: 4 h 30 min, median of 2". */
export function pointWords(
  every: Every,
  unit: MetricUnit,
  point: MetricPoint,
  now: number,
): string {
  const name = pointName(every, point, now);
  if (point.value === null || (unit === "per_week" && point.of === 0)) return `${name}: none`;
  if (unit === "per_week") return `${name}: ${count(point.of)}`;
  const made = madeOf({ unit, of: point.of, part: point.part, without: 0 });
  return `${name}: ${valueWords(unit, point.value)}, ${made}`;
}

/** "2 Sept – 30 Nov, compared with 4 June – 1 Sept". Both ends are days of the period. */
export function periodWords(
  metrics: Pick<Metrics, "from" | "to" | "before_from">,
  now: number,
): string {
  const last = millis(metrics.to) - 1;
  return `${dayWords(metrics.from, now)} – ${dayWords(last, now)}, compared with ${dayWords(metrics.before_from, now)} – ${dayWords(millis(metrics.from) - 1, now)}`;
}

/** Neither in the period nor before it is there anything. */
export function isEmpty(metrics: Metrics): boolean {
  return metrics.figures.every((one) => one.of + one.without + one.before_of === 0);
}

/** The first five are about deployments, the others about whom it is all for. */
export function groups(metrics: Metrics): { name: string; figures: Figure[] }[] {
  const delivery: Metric[] = [
    "lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "recovery_time",
    "rework_rate",
  ];
  const of = (first: boolean) =>
    metrics.figures.filter((one) => delivery.includes(one.measure) === first);
  return [
    { name: "Delivery", figures: of(true) },
    { name: "Support", figures: of(false) },
  ];
}
