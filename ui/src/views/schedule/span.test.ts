import { describe, expect, it } from "vitest";
import { share, shift, snap, spanOf, ticks } from "./span";

const at = Date.UTC(2026, 10, 24, 16, 10);
const iso = (t: number) => new Date(t).toISOString().slice(0, 16);

describe("what the schedule shows", () => {
  it("a week begins on Monday and has seven days", () => {
    const week = spanOf("week", at);
    expect([iso(week.from), iso(week.to)]).toEqual(["2026-11-23T00:00", "2026-11-30T00:00"]);
    expect(ticks("week", week, "en")).toHaveLength(7);
  });
  it("a month ends where the next begins", () => {
    const month = spanOf("month", at);
    expect([iso(month.from), iso(month.to)]).toEqual(["2026-11-01T00:00", "2026-12-01T00:00"]);
  });
  it("the month after 31 January is February", () => {
    expect(iso(shift("month", Date.UTC(2026, 0, 31), 1)).slice(0, 7)).toBe("2026-02");
  });
  it("twelve hours hold what is shown around them", () => {
    const half = spanOf("half", at);
    expect([iso(half.from), iso(half.to)]).toEqual(["2026-11-24T12:00", "2026-11-25T00:00"]);
    expect(share(half, half.from - 1)).toBe(0);
    expect(share(half, half.to + 1)).toBe(1);
  });
  it("dragging lands on five minutes", () => {
    expect(iso(snap("day", at + 140_000))).toBe("2026-11-24T16:10");
    expect(iso(snap("day", at + 170_000))).toBe("2026-11-24T16:15");
  });
  it("an hour is cut into minutes, a quarter into weeks that begin on Monday", () => {
    const hour = spanOf("hour", at);
    expect([iso(hour.from), iso(hour.to)]).toEqual(["2026-11-24T15:45", "2026-11-24T16:45"]);
    expect(ticks("hour", hour, "en")).toHaveLength(12);
    expect(iso(snap("hour", at + 40_000))).toBe("2026-11-24T16:11");
    const quarter = spanOf("quarter", at);
    expect([iso(quarter.from), iso(quarter.to)]).toEqual(["2026-11-01T00:00", "2027-02-01T00:00"]);
    const weeks = ticks("quarter", quarter, "en");
    expect(weeks.every((tick) => new Date(tick.at).getDay() === 1)).toBe(true);
    expect(weeks).toHaveLength(13);
    expect(iso(shift("quarter", at, 1)).slice(0, 7)).toBe("2027-02");
  });
});
