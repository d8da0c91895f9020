import { expect, it } from "vitest";
import { newDays, takenWords } from "./calendars";

const none = { added: 0, changed: 0, known: 0, retired: 0, over: 0, events: [], skipped: [] };

it("says what comes of a calendar", () => {
  expect(takenWords({ ...none, added: 3, known: 12, over: 1 })).toBe(
    "3 new, 12 known already; 1 is over already and not taken in.",
  );
  expect(takenWords(none)).toBe("Nothing to take in.");
});

it("adds the days off that are not listed yet, nor come every year", () => {
  const known = ["2026-12-24 Christmas Eve", "12-25"];
  const found = [
    "2026-12-24 Heiligabend",
    "2026-12-25 Weihnachten",
    "2026-12-31 Silvester",
    "2026-12-31",
  ];
  expect(newDays(known, found)).toEqual(["2026-12-31 Silvester"]);
});
