import { expect, it } from "vitest";
import { inWords, nthOf, readRule, writeRule } from "./recurrence";

it.each([
  undefined,
  "FREQ=DAILY",
  "FREQ=DAILY;COUNT=5",
  "FREQ=WEEKLY;BYDAY=TU,TH",
  "FREQ=WEEKLY;INTERVAL=2;UNTIL=20261231",
  "FREQ=MONTHLY;BYDAY=-1FR",
  "FREQ=MONTHLY;BYMONTHDAY=28",
  "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
  "FREQ=YEARLY",
  "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
  "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24;UNTIL=20301231",
])("%s is shown in parts and written back", (rule) => {
  const read = readRule(rule);
  expect(read.often).not.toBe("other");
  expect(writeRule(read)).toBe(rule);
});

it.each([
  "FREQ=DAILY;BYHOUR=9,17",
  "FREQ=YEARLY;BYDAY=MO",
  "FREQ=YEARLY;BYDAY=20MO",
  "FREQ=YEARLY;BYMONTH=3",
  "FREQ=MONTHLY;BYMONTH=3;BYMONTHDAY=1",
  "FREQ=DAILY;COUNT=5;UNTIL=20261231",
  "nonsense",
])("%s stays the text it is", (rule) => {
  expect(readRule(rule)).toMatchObject({ often: "other", text: rule });
  expect(writeRule(readRule(rule))).toBe(rule);
});

it("says a rule in words", () => {
  expect(inWords(undefined)).toBe("once");
  expect(inWords("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20261231")).toBe(
    "every 2 weeks on Tuesday and Thursday, until 2026-12-31",
  );
  expect(inWords("FREQ=MONTHLY;BYDAY=-1FR")).toBe("every month on the last Friday");
  expect(inWords("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU;COUNT=4")).toBe(
    "every year on the second Sunday of March, 4 times",
  );
  expect(inWords("FREQ=DAILY;BYHOUR=9,17")).toBe("by a rule of its own");
});

it("knows which weekday of its month a day is", () => {
  expect(nthOf("2026-11-24T22:00")).toEqual({ nth: "4TU", last: "-1TU" });
  expect(nthOf("2026-11-10")).toEqual({ nth: "2TU", last: undefined });
  expect(nthOf("2026-12-31")).toEqual({ nth: "-1TH", last: undefined });
  expect(nthOf("")).toBeUndefined();
});
