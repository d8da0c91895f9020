import { describe, expect, it } from "vitest";
import { breachWords, countWords, freshProbe } from "./probes";

describe("a probe that is written", () => {
  it("says when it is a breach", () => {
    expect(countWords(freshProbe())).toBe(
      "a breach after more than 2 failures in a row, or 4 silences",
    );
    expect(countWords({ ...freshProbe(), failure_limit: 0, within: 20 })).toBe(
      "a breach after more than 0 failures within 20 samples, or 4 silences",
    );
  });
  it("says what will happen by itself before it is saved", () => {
    const back = { ...freshProbe(), on_breach: "roll_back" as const };
    expect(breachWords(back, "production")).toContain("rolls production back by itself, once");
    expect(breachWords({ ...back, dry_run: true }, "production")).toContain("nothing follows");
    expect(breachWords(freshProbe(), "production")).toContain("shows a notification");
  });
});
