//! Who is away and who is on duty, laid out for the timeline, the days and the agenda, for as many as there
//! may be. Pure: instants in ms.

import { millis, readerLocale } from "../../kit/time";
import type { PersonRow, PersonSpan } from "../../rpc/generated";
import { inLanes, type Entry } from "./layout";
import { midnight, type Span } from "./span";

/** One absence or duty of a person. */
export interface Stretch extends Span {
  id: string;
  /** The person's. */
  name: string;
  held: PersonSpan;
}

export interface PersonLine {
  person: string;
  name: string;
  stretches: Stretch[];
}

/** A line each, in the order they are told. */
export function lines(people: PersonRow[]): PersonLine[] {
  return people.map(({ person, name, spans }) => ({
    person,
    name,
    stretches: spans.map((held) => ({
      id: `${person}/${held.entry}@${held.start}`,
      name,
      held,
      from: millis(held.start),
      to: millis(held.end),
    })),
  }));
}

export interface Bars {
  bars: (Stretch & { lane: number })[];
  lanes: number;
  hidden: number;
}

/** The bars of one person, each at least `least` ms broad. */
export const placeStretches = ({ stretches }: PersonLine, span: Span, least: number): Bars => {
  const { placed, lanes, hidden } = inLanes(stretches, span, least);
  return { bars: placed, lanes, hidden };
};

/** When by the reader's days: whole days are the same days wherever one reads them. */
export function daysOf({ held, from, to }: Stretch): Span {
  if (!held.days) return { from, to };
  const [first, last] = held.days.map((day) => new Date(`${day}T00:00`).getTime());
  return { from: first ?? from, to: midnight(last ?? to, 1) };
}

/** "Ann Lee is away", "Tom Reed is on duty". */
export const isWhat = ({ name, held }: Stretch): string =>
  `${name} is ${held.purpose === "duty" ? "on duty" : "away"}`;

/** "Mon 30 Nov – Wed 2 Dec" of whole days, else with the times. */
export function stretchWords(stretch: Stretch, locale = readerLocale()): string {
  const date = { weekday: "short", day: "numeric", month: "short" } as const;
  const time = { hour: "2-digit", minute: "2-digit" } as const;
  const { from, to } = daysOf(stretch);
  return stretch.held.days
    ? new Intl.DateTimeFormat(locale, date).formatRange(from, midnight(to - 1))
    : new Intl.DateTimeFormat(locale, { ...date, ...time }).formatRange(from, to);
}

/** Where its calendar entry is changed. */
export const entryAddress = (held: { id: string } | PersonSpan): string =>
  `/settings/calendars/${encodeURIComponent("entry" in held ? held.entry : held.id)}`;

/** Somebody is away or on duty on a day. */
export interface Mark {
  id: string;
  /** "Ann Lee away" */
  words: string;
  purpose: PersonSpan["purpose"];
}

/** The marks of each day that has any, by its midnight: who is away before who is on duty, each once. */
export function marks(people: PersonLine[], span: Span): Map<number, Mark[]> {
  const of = new Map<number, Mark[]>();
  for (const purpose of ["absence", "duty"] as const) {
    for (const { person, name, stretches } of people) {
      const id = `${purpose}/${person}`;
      const words = `${name} ${purpose === "duty" ? "on duty" : "away"}`;
      for (const stretch of stretches) {
        if (stretch.held.purpose !== purpose) continue;
        const { from, to } = daysOf(stretch);
        const end = Math.min(to, span.to);
        for (let day = midnight(Math.max(from, span.from)); day < end; day = midnight(day, 1)) {
          const known = of.get(day) ?? [];
          if (known.at(-1)?.id !== id) known.push({ id, words, purpose });
          of.set(day, known);
        }
      }
    }
  }
  return of;
}

/** So many of the people of one day stand in the agenda; the rest are counted. */
export const MOST_IN_AGENDA = 12;

type Day = { day: number; entries: Entry[]; people?: number };

/** The days with everybody who is away or on duty, each stretch once, on the day on which it begins (or on
 *  the first one), in order of time; `people` is how many found no room on that day. */
export function withPeople(days: Day[], people: PersonLine[]): Day[] {
  const first = days[0]?.day ?? 0;
  const began = new Map<number, Entry[]>();
  for (const stretch of people.flatMap((line) => line.stretches)) {
    const shown = daysOf(stretch);
    const day = Math.max(midnight(shown.from), first);
    const known = began.get(day) ?? [];
    known.push({ ...shown, id: stretch.id, place: "", stretch });
    began.set(day, known);
  }
  return days.map(({ day, entries }) => {
    const all = (began.get(day) ?? []).sort((a, b) => a.from - b.from || a.to - b.to);
    const both = [...entries, ...all.slice(0, MOST_IN_AGENDA)];
    both.sort((a, b) => a.from - b.from);
    return { day, entries: both, people: Math.max(0, all.length - MOST_IN_AGENDA) };
  });
}
