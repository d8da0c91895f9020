import { describe, expect, it } from "vitest";
import type { SimilarIssue } from "../../rpc/generated";
import { knownWords } from "./words";

const now = Date.parse("2026-11-24T12:00:00Z");
const issue = { affected: 14, hotfix: "HF-3", ships: null, state: "in_hot_fix" } as SimilarIssue;
const said = (more: Partial<SimilarIssue>) =>
  knownWords({ ...issue, ...more }, now, "en-GB", "Europe/Berlin");
const ships = (at: string, done: boolean) => ({ at, done, environment: "Production" });

describe("what a caller with a known trouble is told", () => {
  it("is when the fix ships, in the reader's zone, with the day where it is another", () => {
    expect(said({ ships: ships("2026-11-24T16:30:00Z", false) })).toBe(
      "14 affected, fix ships 17:30",
    );
    expect(said({ ships: ships("2026-11-26T16:30:00Z", false) })).toBe(
      "14 affected, fix ships Thu 17:30",
    );
  });

  it("is when it shipped, and no time that has passed while nothing is done", () => {
    expect(said({ ships: ships("2026-11-24T07:05:00Z", true) })).toBe(
      "14 affected, fix shipped 08:05",
    );
    expect(said({ ships: ships("2026-11-24T11:00:00Z", false) })).toBe(
      "14 affected, fix is being shipped",
    );
  });

  it("is that nothing is planned yet, or only how many have it", () => {
    expect(said({})).toBe("14 affected, fix not planned yet");
    expect(said({ hotfix: null, state: "triaged" })).toBe("14 affected");
  });
});
