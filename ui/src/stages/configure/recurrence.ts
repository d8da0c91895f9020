//! The recurrence rules that a form can show, as parts and in words; any other stays a text. RFC 5545,
//! RRULE. Absent: when a rule takes place (the core says, `calendar_next`).

import { readerLocale } from "../../kit/time";

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Often = "once" | "daily" | "weekly" | "monthly" | "yearly" | "other";

export interface Recurrence {
  often: Often;
  /** Every so many days, weeks, months or years. */
  every: number;
  /** For weekly: on these; none means the start's own. */
  days: Weekday[];
  /** For monthly and yearly: "-1FR" is the last Friday, "28" a day, "-1" the last one; empty is the
   *  start's own day. */
  nth: string;
  /** For yearly with an `nth`: in this month, 1 to 12. 0 is the start's own. */
  month: number;
  /** A day such as 2026-12-31; empty without an end. */
  until: string;
  /** So many times; 0 without an end. */
  count: number;
  /** The rule itself, where the parts cannot say it. */
  text: string;
}

const often: Record<string, Often> = {
  DAILY: "daily",
  WEEKLY: "weekly",
  MONTHLY: "monthly",
  YEARLY: "yearly",
};

export function readRule(rrule: string | undefined): Recurrence {
  const none = { every: 1, days: [], nth: "", month: 0, until: "", count: 0, text: "" };
  if (rrule === undefined || rrule.trim() === "") return { often: "once", ...none };
  const other: Recurrence = { often: "other", ...none, text: rrule };
  const found: Recurrence = { ...other, text: "" };
  for (const part of rrule
    .trim()
    .replace(/^RRULE:/, "")
    .split(";")) {
    const [name, value = ""] = part.split("=");
    if (name === "FREQ" && often[value]) found.often = often[value];
    else if (name === "INTERVAL" && /^[1-9]\d{0,2}$/.test(value)) found.every = Number(value);
    else if (name === "COUNT" && /^[1-9]\d{0,3}$/.test(value)) found.count = Number(value);
    else if (name === "BYMONTH" && /^([1-9]|1[0-2])$/.test(value)) found.month = Number(value);
    // An instant stays a text; what is no day stays as it was typed, for the core to refuse.
    else if (name === "UNTIL" && !/[TZ]/i.test(value))
      found.until = value.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
    else if (name === "BYDAY" && /^([1-5]|-1)(MO|TU|WE|TH|FR|SA|SU)$/.test(value))
      found.nth = value;
    else if (name === "BYMONTHDAY" && /^([1-9]|[12]\d|3[01]|-1)$/.test(value)) found.nth = value;
    else if (name === "BYDAY") {
      const days = value.split(",");
      if (!days.every((day) => (WEEKDAYS as readonly string[]).includes(day))) return other;
      found.days = WEEKDAYS.filter((day) => days.includes(day));
    } else return other;
  }
  const fits =
    (found.days.length === 0 || found.often === "weekly") &&
    (found.nth === "" || found.often === "monthly" || found.often === "yearly") &&
    // A yearly rule without a month counts its days through the whole year.
    (found.often === "yearly" ? (found.nth === "") === (found.month === 0) : found.month === 0) &&
    (found.count === 0 || found.until === "");
  return fits && found.often !== "other" ? found : other;
}

/** The value of the rule; undefined for once. */
export function writeRule(rule: Recurrence): string | undefined {
  if (rule.often === "once") return undefined;
  if (rule.often === "other") return rule.text.trim();
  const parts = [`FREQ=${rule.often.toUpperCase()}`];
  if (rule.every > 1) parts.push(`INTERVAL=${rule.every}`);
  if (rule.often === "weekly" && rule.days.length > 0) {
    parts.push(`BYDAY=${WEEKDAYS.filter((day) => rule.days.includes(day)).join(",")}`);
  }
  if ((rule.often === "monthly" || rule.often === "yearly") && rule.nth !== "") {
    if (rule.often === "yearly") parts.push(`BYMONTH=${rule.month || 1}`);
    parts.push(`${/^-?\d+$/.test(rule.nth) ? "BYMONTHDAY" : "BYDAY"}=${rule.nth}`);
  }
  if (rule.count > 0) parts.push(`COUNT=${rule.count}`);
  else if (rule.until !== "") parts.push(`UNTIL=${rule.until.replaceAll("-", "")}`);
  return parts.join(";");
}

/** "2FR" for a day that is the second Friday of its month, and "-1FR" if it is also the last. */
export function nthOf(day: string): { nth: string; last: string | undefined } | undefined {
  const at = new Date(`${day.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return undefined;
  const name = WEEKDAYS[(at.getUTCDay() + 6) % 7];
  const date = at.getUTCDate();
  const length = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  const n = Math.ceil(date / 7);
  return {
    nth: n <= 4 ? `${n}${name}` : `-1${name}`,
    last: n <= 4 && date + 7 > length ? `-1${name}` : undefined,
  };
}

const named = (options: Intl.DateTimeFormatOptions, at: number) =>
  new Intl.DateTimeFormat(readerLocale(), { ...options, timeZone: "UTC" }).format(at);

/** "Tuesday", or "Tue". 2024-01-01 was a Monday. */
export function dayName(day: string, look: "short" | "long" = "long"): string {
  const index = WEEKDAYS.indexOf(day as Weekday);
  return index === -1 ? day : named({ weekday: look }, Date.UTC(2024, 0, 1 + index));
}

/** "March" for 3. */
export function monthName(month: number): string {
  return named({ month: "long" }, Date.UTC(2024, month - 1, 1));
}

const nths = ["", "first", "second", "third", "fourth", "fifth"];
/** "first", "last": which of its month an nth names; empty where it is none of a weekday. */
export function whichOf(nth: string): string {
  const n = /^(-?\d)[A-Z]{2}$/.exec(nth)?.[1];
  return n === undefined ? "" : n === "-1" ? "last" : (nths[Number(n)] ?? "");
}

function list(words: string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(words);
}

/** "every 2 weeks on Tuesday and Thursday, until 2026-12-31"; "once" for no rule. */
export function inWords(rrule: string | undefined): string {
  const rule = readRule(rrule);
  if (rule.often === "once") return "once";
  if (rule.often === "other") return "by a rule of its own";
  const units = { daily: "day", weekly: "week", monthly: "month", yearly: "year" };
  const unit = units[rule.often];
  let words = rule.every === 1 ? `every ${unit}` : `every ${rule.every} ${unit}s`;
  if (rule.days.length > 0) words += ` on ${list(rule.days.map((day) => dayName(day)))}`;
  if (rule.nth !== "") {
    const day = /^\d+$/.test(rule.nth)
      ? `day ${rule.nth}`
      : rule.nth === "-1"
        ? "the last day"
        : `the ${whichOf(rule.nth)} ${dayName(rule.nth.slice(-2))}`;
    words += ` on ${day}`;
    if (rule.often === "yearly") words += ` of ${monthName(rule.month)}`;
  }
  if (rule.count > 0) words += rule.count === 1 ? ", a single time" : `, ${rule.count} times`;
  else if (rule.until !== "") words += `, until ${rule.until}`;
  return words;
}
