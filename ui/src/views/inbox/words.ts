//! How issues are spoken of: the words and tones of states, priorities, channels. Absent: any request.

import type { Tone } from "../../kit/icon";
import { clockTime } from "../../kit/time";
import type {
  Channel,
  ClockRow,
  FixedBefore,
  IssueState,
  Level,
  Priority,
  SimilarIssue,
} from "../../rpc/generated";

export const priorityTone = (p: Priority | null): Tone => (p ? (p.toLowerCase() as Tone) : "plain");

export const stateWords: Record<IssueState, string> = {
  new: "New",
  needs_info: "Needs info",
  triaged: "Triaged",
  in_hot_fix: "In hot fix",
  resolved: "Resolved",
  closed: "Closed",
  deferred: "Next release",
  duplicate: "Duplicate",
  rejected: "Rejected",
};

export const stateTone: Record<IssueState, Tone> = {
  new: "plain",
  needs_info: "wait",
  triaged: "plain",
  in_hot_fix: "wait",
  resolved: "ok",
  closed: "ok",
  deferred: "plain",
  duplicate: "plain",
  rejected: "plain",
};

export const OPEN_STATES: readonly IssueState[] = ["new", "needs_info", "triaged"];

export const channelWords: Record<Channel, string> = {
  phone: "Phone",
  mail: "Mail",
  chat: "Chat",
  in_person: "In person",
  monitoring: "Monitoring",
  testing: "Testing",
  import: "Import",
};

export const clockWords = (clock: ClockRow): string =>
  clock.what === "respond" ? "respond" : "resolve";

/** The fix was there, or should have been. */
export const mayBeBack = (fix: FixedBefore): boolean =>
  fix.recurrence === "possible" || fix.recurrence === "not_carried_over";

export const levels: { value: Level; label: string; short: string }[] = [
  { value: "high", label: "High", short: "H" },
  { value: "medium", label: "Medium", short: "M" },
  { value: "low", label: "Low", short: "L" },
];

const rank: Record<Level, number> = { low: 0, medium: 1, high: 2 };

/** The next higher level, as in the core. */
export function higher(level: Level): Level {
  return level === "low" ? "medium" : "high";
}

/** The highest of the three impacts counts, as in the core. */
export function highest(...impacts: Level[]): Level {
  return impacts.reduce((most, one) => (rank[one] > rank[most] ? one : most), "low");
}

/** The impact shown in a row or column of the matrix: high is the first. */
export const placeOf = (level: Level): number => 2 - rank[level];

export function sizeWords(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB"];
  let n = bytes;
  let unit = "B";
  for (const next of units) {
    if (n < 1024) break;
    n /= 1024;
    unit = next;
  }
  return `${n < 10 ? n.toFixed(1) : Math.round(n)} ${unit}`;
}

/** "14 affected, fix ships 17:30", "fix shipped Tue 17:30", in the reader's zone; or what is being done. */
export function knownWords(
  issue: Pick<SimilarIssue, "affected" | "hotfix" | "ships" | "state">,
  now: number,
  locale?: string,
  zone?: string,
): string {
  const affected = `${issue.affected.toLocaleString(locale)} affected`;
  const { ships, hotfix } = issue;
  if (ships) {
    const at = clockTime(ships.at, now, locale, zone);
    // A start that has passed is under way: no time is promised for what is not done.
    if (!ships.done && Date.parse(ships.at) <= now) return `${affected}, fix is being shipped`;
    return `${affected}, fix ${ships.done ? "shipped" : "ships"} ${at}`;
  }
  const works = hotfix !== null && issue.state === "in_hot_fix";
  return works ? `${affected}, fix not planned yet` : affected;
}
