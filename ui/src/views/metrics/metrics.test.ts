import { describe, expect, it } from "vitest";
import type { Figure } from "../../rpc/generated";
import {
  addressOf,
  changeOf,
  everyOf,
  madeOf,
  periodOf,
  pointWords,
  readAsked,
  valueWords,
} from "./metrics";

const asked = (text: string) => readAsked(new URLSearchParams(text));
const now = new Date(2026, 10, 30, 15, 0).getTime();
const day = (y: number, m: number, d: number) => new Date(y, m - 1, d).getTime();

describe("the period", () => {
  it("ends with today, and has as many days as it says", () => {
    const to = day(2026, 12, 1);
    expect(periodOf(asked("span=30"), now)).toEqual({ from: day(2026, 11, 1), to });
    expect(periodOf(asked(""), now)).toEqual({ from: day(2026, 9, 2), to });
    expect(periodOf(asked("span=year"), now)).toEqual({ from: day(2025, 12, 1), to });
  });
  it("of one's own keeps what is not said yet as it was", () => {
    const own = asked("span=own&from=2026-01-05T00:00:00Z&to=nonsense");
    expect(periodOf(own, now)).toEqual({
      from: Date.parse("2026-01-05T00:00:00Z"),
      to: day(2026, 12, 1),
    });
  });
  it("is shown in months where weeks would be too many, unless one wants them", () => {
    const of = (text: string) => everyOf(asked(text), periodOf(asked(text), now));
    expect([of("span=30"), of(""), of("span=year"), of("span=year&by=week")]).toEqual([
      "week",
      "week",
      "month",
      "week",
    ]);
  });
});

describe("the address", () => {
  it.each([
    "/insights",
    "/insights?span=30&by=month&product=shop&team=web",
    "/insights?span=own&from=2026-01-05T00%3A00%3A00Z",
    "/insights?measure=change_fail_rate&point=2026-09-07T00%3A00%3A00Z&only=counting",
    "/insights?measure=feedback&part=5",
  ])("%s comes back as it was", (address) => {
    expect(addressOf(asked(address.split("?")[1] ?? ""))).toBe(address);
  });
  it("forgets what has no meaning any more", () => {
    expect(addressOf(asked("span=nonsense&from=x&by=day&point=y&only=counting&part=5"))).toBe(
      "/insights",
    );
  });
});

describe("a figure", () => {
  it("is said in its unit, and never as zero where there is none", () => {
    expect(valueWords("seconds", 16_200)).toBe("4 h 30 min");
    expect(valueWords("per_week", 2.333)).toBe("2.3 a week");
    expect([0.75, 0.004, 0, 1].map((v) => valueWords("share", v))).toEqual([
      "75 %",
      "0.4 %",
      "0 %",
      "100 %",
    ]);
    expect(valueWords("score", 3.6667)).toBe("3.7 of 5");
    expect(valueWords("seconds", null)).toBe("–");
  });
  it("says of how many it is made", () => {
    const made = (one: Partial<Figure>) =>
      madeOf({ unit: "seconds", of: 0, part: null, without: 0, ...one });
    expect(made({ of: 12, without: 2 })).toBe("median of 12, 2 without");
    expect(made({ without: 3 })).toBe("3 without");
    expect(made({ unit: "share", of: 4, part: 3 })).toBe("3 of 4");
    expect(made({ unit: "score", of: 3 })).toBe("mean of 3");
    expect(made({ unit: "per_week", of: 9 })).toBe("9 in all");
    expect(made({})).toBe("nothing in this period");
  });
  it("is better or worse by its own direction, and by none where there is none", () => {
    const change = (better: Figure["better"], value: number | null, before: number | null) =>
      changeOf({ unit: "share", better, value, before });
    expect(change("less", 0.2, 0.4)).toEqual({
      words: "better, was 40 %",
      way: "down",
      tone: "ok",
    });
    expect(change("more", 0.2, 0.4)?.tone).toBe("bad");
    expect(change("neither", 0.2, 0.4)).toEqual({ words: "was 40 %", way: "down", tone: "plain" });
    // A difference that nobody can read is none.
    expect(change("less", 0.4001, 0.4)?.way).toBe("same");
    expect(change("less", null, 0.4)).toBeUndefined();
    expect(change("less", 0.4, null)).toBeUndefined();
  });
  it("names a point, its value and what that is made of", () => {
    const from = new Date(2026, 8, 7).toISOString();
    const point = { from, to: from, value: 0.75, of: 4, part: 3 };
    expect(pointWords("week", "share", point, now)).toMatch(/^Week of .*7.*: 75 %, 3 of 4$/);
    expect(pointWords("month", "share", { ...point, value: null, of: 0 }, now)).toMatch(
      /2026: none$/,
    );
    expect(pointWords("week", "per_week", { ...point, value: 2, of: 2 }, now)).toMatch(/: 2$/);
  });
});
