import { describe, expect, it } from "vitest";
import type { Hotfix } from "../../rpc/generated";
import { difference, shares, tally, toTest, took, trend, trendWords, words } from "./tests";

describe("the bar of a run", () => {
  it("shows a single failure among a thousand, and fills what it has", () => {
    const one = shares({ passed: 999, failed: 1, skipped: 0 });
    expect(one.failed).toBe(3);
    expect(one.passed + one.failed + one.skipped).toBeCloseTo(100);
    expect(shares({ passed: 0, failed: 2, skipped: 0 })).toEqual({
      passed: 0,
      failed: 100,
      skipped: 0,
    });
    expect(shares({ passed: 0, failed: 0, skipped: 0 }).passed).toBe(0);
  });
});

it("says how long a run took in the largest two units", () => {
  expect(took(null)).toBe("");
  expect(took(421)).toBe("0.42 s");
  expect(took(72_400)).toBe("1 min 12 s");
  expect(took(7_500_000)).toBe("2 h 5 min");
});

it("says what differs from the run before, and that nothing does", () => {
  const none = { hotfix: "HF-1", run: 1, newly: 0, still: 0, mended: 0, missing: 0 };
  expect(difference({ ...none, newly_failing: [] })).toBe("no difference");
  expect(difference({ ...none, newly: 2, mended: 1, newly_failing: [] })).toBe(
    "2 newly failing, 1 mended",
  );
});

it("tells the words of a command apart", () => {
  expect(words(["pytest", "-k", "not slow", "--junitxml=report.xml"])).toBe(
    'pytest -k "not slow" --junitxml=report.xml',
  );
});

it("tells the numbers of a run, what failed first", () => {
  expect(tally({ passed: 1165, failed: 1, skipped: 2 })).toBe("1 failed, 1,165 passed, 2 skipped");
  expect(tally({ passed: 0, failed: 3, skipped: 0 })).toBe("3 failed, 0 passed");
});

it("asks for a test of the newest commit, or of the package where there is no commit", () => {
  const hotfix = (over: object) =>
    ({ changes: [], packages: [], configurations: [], ...over }) as unknown as Hotfix;
  const changes = ["aaa", "bbb"].map((commit) => ({ change: { commit } }));
  const packages = [{ package: { hash: "3f2a" } }];
  expect(toTest(hotfix({ changes, packages })).hash).toBe("bbb");
  expect(toTest(hotfix({ packages }))).toMatchObject({ hash: "3f2a", label: "Package tested" });
  expect(toTest(hotfix({ configurations: [{}] })).hint).toContain("Build it first");
  expect(toTest(hotfix({}))).toEqual({ hash: "", label: "Commit tested" });
});

describe("the trend of a suite", () => {
  const run = (suite: string, failed: number) =>
    ({ evidence: { suite, failed, passed: 10 - failed, skipped: 0 } }) as Hotfix["tests"][number];
  const tests = [run("unit", 7), run("web", 1), run("unit", 2), run("unit", 0)];

  it("has the suite's runs up to that one, and says how many failed", () => {
    expect(trend(tests, 4).map((one) => one.run)).toEqual([1, 3, 4]);
    expect(trendWords(trend(tests, 4))).toBe("Failed in the last 3 runs: 7, 2, none.");
    expect(trend(tests, 3).map((one) => one.failed)).toEqual([7, 2]);
  });

  it("is not drawn of one run, or of a suite without a name", () => {
    expect(trend(tests, 2)).toEqual([]);
    expect(trend([run("", 1), run("", 2)], 2)).toEqual([]);
  });

  it("ends at the last eight", () => {
    const many = Array.from({ length: 20 }, (_, n) => run("unit", n % 3));
    expect(trend(many, 20).map((one) => one.run)).toEqual([13, 14, 15, 16, 17, 18, 19, 20]);
  });
});
