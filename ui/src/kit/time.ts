//! Words for instants: relative ("in 3 min"), exact (date, time, zone) and clocks ("0:14"). Pure:
//! the caller passes now. Absent: parsing (see datetime.ts) and ticking (see clock.svelte.ts).

export type Instant = string | number | Date;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function millis(at: Instant): number {
  if (typeof at === "number") return at;
  return (at instanceof Date ? at : new Date(at)).getTime();
}

/** The reader's locale, or English where the system names one that Intl refuses (LANG=C). */
export function readerLocale(): string {
  const wished = globalThis.navigator?.language ?? "en";
  try {
    return Intl.getCanonicalLocales(wished)[0] ?? "en";
  } catch {
    return "en";
  }
}

export function readerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "UTC";
}

/** The zone, or UTC while what is typed is none: times are shown on, and the core refuses it beside its field. */
export function knownZone(zone: string): string {
  try {
    format("en", { timeZone: zone });
    return zone || "UTC";
  } catch {
    return "UTC";
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale, options)));
  return found;
}
const relatives = new Map<string, Intl.RelativeTimeFormat>();
function relativeFormat(locale: string): Intl.RelativeTimeFormat {
  let found = relatives.get(locale);
  if (!found) {
    found = new Intl.RelativeTimeFormat(locale, { numeric: "auto", style: "short" });
    relatives.set(locale, found);
  }
  return found;
}

/** "3 min ago", "in 2 hr", "yesterday"; beyond a week the date itself says more. */
export function relative(at: Instant, now: Instant, locale = readerLocale()): string {
  const then = millis(at);
  if (Number.isNaN(then)) return "–";
  const gap = then - millis(now);
  const size = Math.abs(gap);
  const words = relativeFormat(locale);
  if (size < 5 * SECOND) return words.format(0, "second");
  if (size < MINUTE) return words.format(Math.trunc(gap / SECOND), "second");
  if (size < HOUR) return words.format(Math.trunc(gap / MINUTE), "minute");
  if (size < DAY) return words.format(Math.trunc(gap / HOUR), "hour");
  if (size < 7 * DAY) return words.format(Math.trunc(gap / DAY), "day");
  const sameYear = new Date(then).getFullYear() === new Date(millis(now)).getFullYear();
  return format(locale, {
    day: "numeric",
    month: "short",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(then);
}

/** Date, time to the second and zone: what stands behind every relative time. */
export function exact(at: Instant, locale = readerLocale(), zone = readerZone()): string {
  const then = millis(at);
  if (Number.isNaN(then)) return "no time";
  return format(locale, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZone: zone,
    timeZoneName: "short",
  }).format(then);
}

/** "17:30", or "Tue 17:30" when `at` is not on the day of `now` in that zone. */
export function clockTime(
  at: Instant,
  now?: Instant,
  locale = readerLocale(),
  zone = readerZone(),
): string {
  const then = millis(at);
  if (Number.isNaN(then)) return "–";
  const day = (t: number) =>
    format("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: zone }).format(
      t,
    );
  const time = format(locale, { hour: "2-digit", minute: "2-digit", timeZone: zone });
  if (now === undefined || day(then) === day(millis(now))) return time.format(then);
  const near = Math.abs(then - millis(now)) < 6 * DAY;
  const date = format(
    locale,
    near
      ? { weekday: "short", timeZone: zone }
      : { day: "numeric", month: "short", timeZone: zone },
  );
  return `${date.format(then)} ${time.format(then)}`;
}

/** A clock's face: "0:14" is 14 minutes, "3:40" hours and minutes, "2 d" from two days on. */
export function face(ms: number): string {
  const size = Math.abs(ms);
  if (size >= 2 * DAY) return `${Math.floor(size / DAY)} d`;
  const hours = Math.floor(size / HOUR);
  const minutes = Math.floor((size % HOUR) / MINUTE);
  return `${hours}:${String(minutes).padStart(2, "0")}`;
}

/** "1 min 52 s", "3 h 41 min", "2 d 4 h": a duration in words, two units at most. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  const units: [number, string][] = [
    [DAY, "d"],
    [HOUR, "h"],
    [MINUTE, "min"],
    [SECOND, "s"],
  ];
  const first = units.findIndex(([length]) => size >= length);
  if (first === -1) return "0 s";
  let rest = size;
  const words: string[] = [];
  for (const [length, name] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) words.push(`${count} ${name}`);
  }
  return words.join(" ");
}
