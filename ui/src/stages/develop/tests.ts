//! Words and measures for runs of tests. Pure.

import type { Tone } from "../../kit/icon";
import type { Compared, EvidenceFrom, Hotfix, Outcome, TestFilter } from "../../rpc/generated";

export const sources: Record<EvidenceFrom, string> = {
  hand: "by hand",
  junit: "JUnit XML",
  tap: "TAP",
  check_runs: "check runs",
  command: "run from here",
};

/** What a test has to have run on: the newest change's commit, or the package where there is none. Where
 * nothing is recorded yet it will most likely be a commit. */
export function toTest(hotfix: Hotfix): { hash: string; label: string; hint?: string } {
  const commit = hotfix.changes.at(-1)?.change.commit;
  const none = hotfix.packages.length === 0 && hotfix.configurations.length === 0;
  if (commit !== undefined || none) return { hash: commit ?? "", label: "Commit tested" };
  const hint = "There is no commit: what counts is a test of the package, by its hash.";
  const hash = hotfix.packages.at(-1)?.package.hash ?? "";
  return { hash, label: "Package tested", hint: hash ? hint : `${hint} Build it first.` };
}

/** What became of a test since the run before. */
export const changes: Record<TestFilter, { label: string; tone: Tone } | undefined> = {
  newly: { label: "Newly failing", tone: "bad" },
  still: { label: "Still failing", tone: "wait" },
  mended: { label: "Mended", tone: "ok" },
  missing: { label: "Did not run", tone: "unknown" },
  all: undefined,
  failed: undefined,
  passed: undefined,
  skipped: undefined,
};

export const outcomes: Record<Outcome, { label: string; tone: Tone }> = {
  passed: { label: "Passed", tone: "ok" },
  failed: { label: "Failed", tone: "bad" },
  skipped: { label: "Skipped", tone: "plain" },
};

/** "0.4 s", "1 min 12 s", "2 h 5 min". */
export function took(millis: number | null | undefined): string {
  if (millis === null || millis === undefined) return "";
  if (millis < 10_000) return `${(millis / 1000).toFixed(millis < 1000 ? 2 : 1)} s`;
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min${seconds % 60 ? ` ${seconds % 60} s` : ""}`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 ? ` ${minutes % 60} min` : ""}`;
}

/** The parts of a run as shares of a hundred: what failed is never too thin to be seen. */
export function shares(
  of: { passed: number; failed: number; skipped: number },
  least = 3,
): { passed: number; failed: number; skipped: number } {
  const total = of.passed + of.failed + of.skipped;
  if (total === 0) return { passed: 0, failed: 0, skipped: 0 };
  const share = (n: number) => (n === 0 ? 0 : Math.max(least, (n / total) * 100));
  const failed = share(of.failed);
  const skipped = of.passed === 0 ? 100 - failed : share(of.skipped);
  if (of.passed === 0 && of.skipped === 0) return { passed: 0, failed: 100, skipped: 0 };
  return { passed: of.passed === 0 ? 0 : 100 - failed - skipped, failed, skipped };
}

/** "1 failed, 165 passed, 2 skipped": what went wrong first. */
export function tally(of: { passed: number; failed: number; skipped: number }): string {
  const parts = [
    [of.failed, "failed"],
    [of.passed, "passed"],
    [of.skipped, "skipped"],
  ] as const;
  const said = parts.filter(([n, word]) => n > 0 || word === "passed");
  return said.map(([n, word]) => `${n.toLocaleString()} ${word}`).join(", ");
}

/** "2 newly failing, 1 mended", or that nothing differs. */
export function difference(compared: Compared): string {
  const parts = [
    [compared.newly, "newly failing"],
    [compared.still, "still failing"],
    [compared.mended, "mended"],
    [compared.missing, "did not run"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${n.toLocaleString()} ${word}`);
  return said.length > 0 ? said.join(", ") : "no difference";
}

/** A program with its words as they are, those with spaces quoted to be told apart. */
export function words(argv: string[]): string {
  return argv
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word)))
    .join(" ");
}

/** How a suite went, run by run. */
export interface TrendPoint {
  run: number;
  passed: number;
  failed: number;
  skipped: number;
}

const LAST = 8;

/** The last runs of the suite up to this one, the oldest first; none where there is nothing to compare. */
export function trend(tests: Hotfix["tests"], run: number): TrendPoint[] {
  const suite = tests[run - 1]?.evidence.suite.trim();
  if (!suite) return [];
  const points = tests.slice(0, run).flatMap(({ evidence }, at) => {
    const { passed, failed, skipped } = evidence;
    return evidence.suite.trim() === suite ? [{ run: at + 1, passed, failed, skipped }] : [];
  });
  return points.length < 2 ? [] : points.slice(-LAST);
}

/** "Failed in the last 3 runs: 7, 2, none." */
export function trendWords(points: readonly TrendPoint[]): string {
  const failed = points.map((one) => (one.failed === 0 ? "none" : one.failed.toLocaleString()));
  return `Failed in the last ${points.length.toLocaleString()} runs: ${failed.join(", ")}.`;
}
