import { describe, expect, it } from "vitest";
import { lanes, share, shift, snap, spanOf, ticks } from "./span";

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
  it("two at once lie in two lanes, one after another in one", () => {
    const placed = lanes(
      [
        { from: 0, to: 10 },
        { from: 5, to: 15 },
        { from: 12, to: 20 },
      ],
      1,
    );
    expect(placed.map((p) => p.lane)).toEqual([0, 1, 0]);
  });
});
