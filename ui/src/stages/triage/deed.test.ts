import { describe, expect, it } from "vitest";
import { joined, leftWords, which } from "./deed";

describe("what follows a decision", () => {
  it("joins two steps into one way back", () => {
    const triage = [
      { key: "ISS-1", before: 1, after: 2 },
      { key: "ISS-2", before: 4, after: 5 },
    ];
    const fix = [
      { key: "ISS-2", before: 5, after: 6 },
      { key: "ISS-3", before: 2, after: 3 },
    ];
    expect(joined(triage, fix)).toEqual([
      { key: "ISS-1", before: 1, after: 2 },
      { key: "ISS-2", before: 4, after: 6 },
      { key: "ISS-3", before: 2, after: 3 },
    ]);
  });

  it("names what was left, the first of many", () => {
    const left = ["ISS-1", "ISS-2", "ISS-3", "ISS-4"].map((key) => ({
      key,
      why: `${key} is rejected: it can no longer be deferred.`,
    }));
    expect(leftWords([])).toBeUndefined();
    expect(leftWords(left.slice(0, 1))).toBe(
      "1 left as they are: ISS-1 is rejected: it can no longer be deferred.",
    );
    expect(leftWords(left)).toContain("; and 1 more.");
  });

  it("speaks of one by its key and of many by their number", () => {
    expect(which(["ISS-7"])).toBe("ISS-7");
    expect(which(["ISS-7", "ISS-8"])).toBe("2 issues");
  });
});
