//! What follows a decision about issues: one sentence, what was left and why, and one way back for all
//! of it.

import { failed, said, succeeded } from "../../kit/toast";
import { call } from "../../rpc/client";
import type { Changed, DecidedIssues, Left } from "../../rpc/generated";

/** "ISS-4", or "12 issues". */
export function which(keys: readonly string[]): string {
  return keys.length === 1 ? (keys[0] ?? "") : `${keys.length.toLocaleString()} issues`;
}

/** Two steps as one, for one undo: from before the first to after the second. */
export function joined(first: Changed[], second: Changed[]): Changed[] {
  const later = new Map(second.map((one) => [one.key, one]));
  const both = first.map((one) => ({ ...one, after: later.get(one.key)?.after ?? one.after }));
  const known = new Set(first.map((one) => one.key));
  return [...both, ...second.filter((one) => !known.has(one.key))];
}

/** What could not be decided about, by name as long as that can be read. */
export function leftWords(left: readonly Left[]): string | undefined {
  if (left.length === 0) return undefined;
  const named = left.slice(0, 3).map((one) => one.why.replace(/\.$/, ""));
  const more = left.length - named.length;
  const rest = more > 0 ? `; and ${more.toLocaleString()} more` : "";
  return `${left.length.toLocaleString()} left as they are: ${named.join("; ")}${rest}.`;
}

/** Says what was done: `tell("rejected", answer)` says "12 issues rejected" and offers the way back. */
export function tell(done: string, answer: DecidedIssues, detail?: string): void {
  const keys = answer.changed.map((one) => one.key);
  succeeded(`${which(keys)} ${done}`, {
    detail: leftWords(answer.left) ?? detail,
    undo: () => void takeBack(answer.changed),
  });
}

export async function takeBack(changed: Changed[]): Promise<void> {
  try {
    const back = await call("issue_undo", { issues: changed });
    said("Taken back", { detail: leftWords(back.left) });
  } catch (thrown) {
    failed(thrown);
  }
}
