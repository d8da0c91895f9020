//! The recurrence rules that a form can show, as parts; any other stays a text. RFC 5545, RRULE.
//! Absent: when a rule takes place (the core says, `calendar_next`).

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"] as const;
export type Weekday = (typeof WEEKDAYS)[number];
export type Often = "once" | "daily" | "weekly" | "monthly" | "yearly" | "other";

export interface Recurrence {
  often: Often;
  /** Every so many days, weeks, months or years. */
  every: number;
  /** For weekly: on these; none means the start's own. */
  days: Weekday[];
  /** For monthly: "-1FR" is the last Friday, "28" a day, "-1" the last one; empty is the start's own day. */
  nth: string;
  /** A day such as 2026-12-31; empty without an end. */
  until: string;
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
  const none = { every: 1, days: [], nth: "", until: "", text: "" };
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
    else if (name === "UNTIL" && /^\d{8}$/.test(value))
      found.until = value.replace(/(\d{4})(\d\d)(\d\d)/, "$1-$2-$3");
    else if (name === "BYDAY" && /^([1-4]|-1)(MO|TU|WE|TH|FR|SA|SU)$/.test(value))
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
    (found.nth === "" || found.often === "monthly");
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
  if (rule.often === "monthly" && rule.nth !== "") {
    parts.push(`${/^-?\d+$/.test(rule.nth) ? "BYMONTHDAY" : "BYDAY"}=${rule.nth}`);
  }
  if (rule.until !== "") parts.push(`UNTIL=${rule.until.replaceAll("-", "")}`);
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
