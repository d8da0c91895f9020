import { describe, expect, it } from "vitest";
import type { PersonRow, PersonSpan } from "../../rpc/generated";
import type { Entry } from "./layout";
import {
  daysOf,
  entryAddress,
  lines,
  marks,
  MOST_IN_AGENDA,
  placeStretches,
  stretchWords,
  withPeople,
} from "./people";

const HOUR = 3_600_000;
const at = (text: string) => new Date(text).getTime();
const week = { from: at("2026-11-30T00:00"), to: at("2026-12-07T00:00") };
const iso = (text: string) => new Date(text).toISOString();

function span(from: string, to: string, more: Partial<PersonSpan> = {}): PersonSpan {
  return {
    entry: "holiday",
    name: "Holiday",
    purpose: "absence",
    start: iso(from),
    end: iso(to),
    days: null,
    stands_in: false,
    ...more,
  };
}
const row = (name: string, ...spans: PersonSpan[]): PersonRow => ({ person: name, name, spans });
const duty: Partial<PersonSpan> = { entry: "rota", name: "Shop", purpose: "duty" };
const first = (...spans: PersonSpan[]) => {
  const stretch = lines([row("Ann Lee", ...spans)])[0]?.stretches[0];
  if (!stretch) throw new Error("there is one");
  return stretch;
};

describe("when somebody is away", () => {
  it("whole days are those days, also for a reader in another zone", () => {
    // Midnight in Tokyo, which is the afternoon before in most of Europe.
    const stretch = first({
      ...span("2026-11-30T00:00", "2026-12-03T00:00"),
      start: "2026-11-29T15:00:00Z",
      end: "2026-12-02T15:00:00Z",
      days: ["2026-11-30", "2026-12-02"],
    });
    expect(daysOf(stretch)).toEqual({ from: week.from, to: at("2026-12-03T00:00") });
    expect(stretchWords(stretch, "en-GB")).toMatch(/^Mon,? 30 Nov\s–\sWed,? 2 Dec$/);
  });
  it("a single day is named once, hours have their times", () => {
    const day = span("2026-12-01T00:00", "2026-12-02T00:00", {
      days: ["2026-12-01", "2026-12-01"],
    });
    expect(stretchWords(first(day), "en-GB")).toMatch(/^Tue,? 1 Dec$/);
    const morning = stretchWords(first(span("2026-12-01T09:00", "2026-12-01T12:00")), "en-GB");
    expect(morning).toMatch(/1 Dec.*09:00\s?–\s?12:00$/);
  });
  it("its entry is found by its id, whatever letters that has", () => {
    expect(entryAddress(span("2026-12-01T09:00", "2026-12-01T12:00", { entry: "a/b" }))).toBe(
      "/settings/calendars/a%2Fb",
    );
  });
});

describe("the timeline", () => {
  it("on duty and away at once lie in two lanes, and only what is in sight is there", () => {
    const [line] = lines([
      row(
        "Ann Lee",
        span("2026-11-30T00:00", "2026-12-02T00:00"),
        span("2026-12-01T09:00", "2026-12-03T09:00", duty),
        span("2026-12-20T00:00", "2026-12-21T00:00"),
      ),
    ]);
    if (!line) throw new Error("there is one");
    const { bars, lanes, hidden } = placeStretches(line, week, HOUR);
    expect(bars.map((bar) => [bar.held.purpose, bar.lane])).toEqual([
      ["absence", 0],
      ["duty", 1],
    ]);
    expect([lanes, hidden]).toEqual([2, 0]);
  });
});

describe("days", () => {
  it("have who is away before who is on duty, each once", () => {
    const found = marks(
      lines([
        row("Ann Lee", span("2026-11-30T09:00", "2026-12-02T09:00", duty)),
        row(
          "Tom Reed",
          span("2026-12-01T08:00", "2026-12-01T10:00"),
          span("2026-12-01T14:00", "2026-12-01T16:00"),
        ),
      ]),
      week,
    );
    const words = (day: string) => found.get(at(day))?.map((mark) => mark.words);
    expect(words("2026-11-30T00:00")).toEqual(["Ann Lee on duty"]);
    expect(words("2026-12-01T00:00")).toEqual(["Tom Reed away", "Ann Lee on duty"]);
    expect(words("2026-12-03T00:00")).toBeUndefined();
  });
  it("what began before the span is on its first days, and not before them", () => {
    const found = marks(
      lines([row("Ann Lee", span("2026-11-01T00:00", "2026-12-02T00:00"))]),
      week,
    );
    expect([...found.keys()]).toEqual([at("2026-11-30T00:00"), at("2026-12-01T00:00")]);
  });
});

describe("the agenda", () => {
  const deployment: Entry = {
    id: "DEP-1",
    place: "shop · Production",
    from: at("2026-12-01T10:00"),
    to: at("2026-12-01T11:00"),
  };
  const days = () =>
    [0, 1, 2].map((i) => ({
      day: at(`2026-12-0${i + 1}T00:00`),
      entries: i === 0 ? [deployment] : [],
    }));
  it("has an absence of days once, in the order of its beginning", () => {
    const people = lines([
      row("Ann Lee", span("2026-12-01T08:00", "2026-12-03T08:00")),
      row("Tom Reed", span("2026-12-01T12:00", "2026-12-01T13:00")),
      row("Zoe Abel", span("2026-11-20T12:00", "2026-12-02T13:00", duty)),
    ]);
    const told = withPeople(days(), people).map(({ entries }) =>
      entries.map((entry) => entry.stretch?.name ?? entry.id),
    );
    expect(told).toEqual([["Zoe Abel", "Ann Lee", "DEP-1", "Tom Reed"], [], []]);
  });
  it("of two thousand on one day a few are told and the rest counted; the deployment stays", () => {
    const people = lines(
      Array.from({ length: 2000 }, (_, n) =>
        row(`Person ${n}`, span("2026-12-01T00:00", "2026-12-02T00:00")),
      ),
    );
    const [day] = withPeople(days(), people);
    expect(day?.entries).toHaveLength(MOST_IN_AGENDA + 1);
    expect(day?.entries.at(-1)?.id).toBe("DEP-1");
    expect(day?.people).toBe(2000 - MOST_IN_AGENDA);
  });
});
