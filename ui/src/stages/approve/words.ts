//! What approvals are called on the screen. Pure.

import type { Tone } from "../../kit/icon";
import type { Answer, Approvals, FileChange } from "../../rpc/generated";

export type Deed = "ask" | "approve" | "decline" | "withdraw" | "glass";

const states: Record<Answer["state"], { label: string; tone: Tone }> = {
  standing: { label: "Approved", tone: "ok" },
  declined: { label: "Declined", tone: "bad" },
  expired: { label: "Expired", tone: "wait" },
  void: { label: "Void", tone: "plain" },
  withdrawn: { label: "Taken back", tone: "plain" },
  replaced: { label: "Answered again", tone: "plain" },
  author: { label: "Does not count", tone: "wait" },
  no_role: { label: "Does not count", tone: "wait" },
};

export const stateOf = (answer: Answer) => states[answer.state];

/** What stands comes first, then what once stood, the latest first. */
export function inOrder(answers: readonly Answer[]): Answer[] {
  const stands = (one: Answer) => one.state === "standing" || one.state === "declined";
  return [...answers].reverse().sort((a, b) => Number(stands(b)) - Number(stands(a)));
}

/** How it stands, in a few words. */
export function standing(stand: Approvals): { label: string; tone: Tone } {
  if (stand.answers.some((one) => one.state === "declined" && !stand.broken))
    return { label: "Declined", tone: "bad" };
  if (stand.wanted === 0) return { label: "None is wanted", tone: "plain" };
  if (stand.complete) return { label: "Approved", tone: "ok" };
  if (stand.broken) return { label: "Goes without approval", tone: "wait" };
  return { label: `${stand.given} of ${stand.wanted}`, tone: "wait" };
}

export const fileChanges: Record<FileChange, { sign: string; label: string; tone: Tone }> = {
  added: { sign: "+", label: "added", tone: "ok" },
  changed: { sign: "~", label: "changed", tone: "wait" },
  removed: { sign: "−", label: "removed", tone: "bad" },
};

/** "Marc Weber", "Marc Weber and Inês Duarte", "Marc Weber, Inês Duarte and 3 more". */
export function people(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? "";
  if (names.length <= 3) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}
