import { expect, it } from "vitest";
import { parseMinutes, writeMinutes } from "./duration";

it.each([
  ["90", 90],
  ["90 min", 90],
  ["2h", 120],
  ["1 h 30", 90],
  ["1,5 hours", 90],
  ["2 days", 2880],
  ["1w", 10_080],
  ["0", 0],
])("“%s” is %i minutes", (text, minutes) => {
  expect(parseMinutes(text)).toBe(minutes);
});

it.each(["", "soon", "2 parsecs", "-5", "h"])("“%s” is no length of time", (text) => {
  expect(parseMinutes(text)).toBeUndefined();
});

it("reads back what it writes", () => {
  for (const minutes of [0, 1, 59, 60, 90, 1440, 2880, 3125]) {
    expect(parseMinutes(writeMinutes(minutes))).toBe(minutes);
  }
  expect(writeMinutes(2880)).toBe("2 d");
  expect(writeMinutes(1530)).toBe("1 d 1 h 30 min");
  expect(writeMinutes(2400, "h")).toBe("40 h");
});
