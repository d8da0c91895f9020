import { expect, it } from "vitest";
import { nthOf, readRule, writeRule } from "./recurrence";

it.each([
  undefined,
  "FREQ=DAILY",
  "FREQ=WEEKLY;BYDAY=TU,TH",
  "FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231",
  "FREQ=MONTHLY;BYDAY=-1FR",
  "FREQ=MONTHLY;BYMONTHDAY=28",
  "FREQ=YEARLY",
])("%s is shown in parts and written back", (rule) => {
  const read = readRule(rule);
  expect(read.often).not.toBe("other");
  expect(writeRule(read)).toBe(rule);
});

it.each(["FREQ=DAILY;BYHOUR=9,17", "FREQ=YEARLY;BYDAY=MO", "FREQ=DAILY;COUNT=5", "nonsense"])(
  "%s stays the text it is",
  (rule) => {
    expect(readRule(rule)).toMatchObject({ often: "other", text: rule });
    expect(writeRule(readRule(rule))).toBe(rule);
  },
);

it("knows which weekday of its month a day is", () => {
  expect(nthOf("2026-11-24T22:00")).toEqual({ nth: "4TU", last: "-1TU" });
  expect(nthOf("2026-11-10")).toEqual({ nth: "2TU", last: undefined });
  expect(nthOf("2026-12-31")).toEqual({ nth: "-1TH", last: undefined });
  expect(nthOf("")).toBeUndefined();
});
