//! What the contract's words are called on the screen, and the tone that goes with each. Shared by
//! everything that shows a hot fix.

import type { Tone } from "../../kit/icon";
import type {
  BranchPresence,
  CauseKind,
  ChangeKind,
  ChangeState,
  CheckKind,
  CheckResult,
  DeploymentState,
  FileRole,
  Level,
  Phase,
  Presence,
  Priority,
  Purpose,
} from "../../rpc/generated";

export const phases: Record<Phase, string> = {
  development: "Development",
  rollout: "Rollout",
  monitoring: "Monitoring",
  closed: "Closed",
  cancelled: "Cancelled",
};

export const causes: Record<CauseKind, string> = {
  code: "Code",
  configuration: "Configuration",
  data: "Data",
  dependency: "Dependency",
  infrastructure: "Infrastructure",
  process: "Process",
};

/** Words that help to choose. */
export const causeHelp: Record<CauseKind, string> = {
  code: "The program does something else than was meant.",
  configuration: "A setting, a switch or a limit is wrong or missing.",
  data: "A content that nobody expected, or that was changed.",
  dependency: "A library or a service of others behaves differently.",
  infrastructure: "Machines, network, certificates, room or time ran out.",
  process: "A step was left out, or nobody was told.",
};

export const levels: Record<Level, { label: string; tone: Tone }> = {
  low: { label: "Low", tone: "ok" },
  medium: { label: "Medium", tone: "wait" },
  high: { label: "High", tone: "bad" },
};

/** How a change is authorised; `sentence` stands after "it is". */
export const changeKinds: Record<ChangeKind, { label: string; sentence: string; tone: Tone }> = {
  standard: { label: "Standard", sentence: "a standard change", tone: "ok" },
  normal: { label: "Normal", sentence: "a normal change", tone: "plain" },
  emergency: { label: "Emergency", sentence: "an emergency change", tone: "bad" },
};

export const changeHelp: Record<ChangeKind, string> = {
  standard: "Approved beforehand: a checklist says what is done, and how.",
  normal: "Assessed and approved by itself, as the policy wants.",
  emergency: "Cannot wait: fewer approvals where the policy says so, and a review afterwards.",
};

/** Where a change stands, as ITIL tools call it. */
export const changeStates: Record<ChangeState, { label: string; hint: string; tone: Tone }> = {
  new: { label: "New", hint: "Nothing is known of it yet", tone: "plain" },
  assess: { label: "Assess", hint: "Cause, solution and risk are looked for", tone: "plain" },
  authorize: { label: "Authorize", hint: "Approvals are wanted", tone: "wait" },
  scheduled: { label: "Scheduled", hint: "It may go, and waits for its time", tone: "plain" },
  implement: { label: "Implement", hint: "It is deployed or validated", tone: "p4" },
  review: { label: "Review", hint: "It is watched and looked back at", tone: "wait" },
  closed: { label: "Closed", hint: "Its documentation is frozen", tone: "ok" },
  canceled: { label: "Canceled", hint: "It was given up", tone: "plain" },
};

export const roles: Record<FileRole, string> = {
  file: "File",
  script: "Script",
  configuration: "Configuration",
};

export const presences: Record<Presence, { label: string; tone: Tone }> = {
  commit: { label: "has the commit", tone: "ok" },
  patch_id: { label: "cherry-picked", tone: "ok" },
  uncertain: { label: "uncertain", tone: "unknown" },
  missing: { label: "missing", tone: "bad" },
};

/** Why a change is not known to be on a branch, in a sentence. */
export function doubt(there: BranchPresence): string {
  const at = shortCommit(there.commit ?? "");
  const other = shortCommit(there.other ?? "");
  switch (there.doubt) {
    case "squashed":
      return at
        ? `Perhaps squashed into ${at}`
        : "Its lines are there, no commit of its own is: perhaps squashed";
    case "resolved":
      return `${at} was picked from it, with another patch: conflicts were resolved`;
    case "surroundings":
      return `${at} changes the same lines, in other surroundings`;
    case "reverted":
      return `${other} reverted it there`;
    case "reapplied":
      return `${other} reverted it there, ${at} applied it again`;
    case "not_taken":
      return `The merge ${other} took nothing of it over`;
    case "no_branch":
      return "The repository has no such branch";
    case "no_commit":
      return "The repository does not have the commit";
    case "shallow":
      return "The clone is shallow: what is before its edge cannot be told";
    case "unreadable":
      return "The clone lacks files of the past";
    default:
      return "";
  }
}

export const deploymentStates: Record<DeploymentState, { label: string; tone: Tone }> = {
  planned: { label: "Planned", tone: "plain" },
  deploying: { label: "Deploying", tone: "wait" },
  validating: { label: "Validating", tone: "wait" },
  done: { label: "Done", tone: "ok" },
  failed: { label: "Failed", tone: "bad" },
  rolled_back: { label: "Rolled back", tone: "bad" },
  missed: { label: "Missed", tone: "bad" },
  cancelled: { label: "Called off", tone: "plain" },
};

export const checkKinds: Record<CheckKind, string> = {
  procedure: "Procedure",
  functional: "Functional",
  regression: "Regression",
  acceptance: "Acceptance",
};

export const checkResults: Record<CheckResult, { label: string; tone: Tone }> = {
  passed: { label: "Passed", tone: "ok" },
  failed: { label: "Failed", tone: "bad" },
  blocked: { label: "Blocked", tone: "wait" },
  waived: { label: "Waived", tone: "unknown" },
};

export const purposes: Record<Purpose, string> = {
  known_issue: "Known issue",
  scheduled: "Scheduled",
  in_progress: "In progress",
  fixed: "It is fixed",
  delayed: "Delayed",
  rolled_back: "Rolled back",
  deployed: "Deployed",
  called_off: "Called off",
  closed: "Closed",
  feedback: "Feedback",
  question: "Question",
  reminder: "Reminder",
};

/** What people are told about a hot fix; the others are about an issue alone. */
export function toldAbout(purpose: Purpose): boolean {
  return purpose !== "question" && purpose !== "reminder";
}

export function priorityTone(priority: Priority | null): Tone {
  return priority === null ? "plain" : (priority.toLowerCase() as Tone);
}

/** "5e1d…90af": enough of a hash to tell two apart by eye. */
export function shortHash(hash: string): string {
  const bare = hash.replace(/^sha256:/, "");
  return bare.length > 12 ? `${bare.slice(0, 4)}…${bare.slice(-4)}` : bare;
}

export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** "48 KB": three figures at most. */
export function bytes(size: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let left = size;
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) {
    left /= 1000;
    unit++;
  }
  return `${left >= 100 || unit === 0 ? Math.round(left) : left.toFixed(1)} ${units[unit]}`;
}

export function plural(count: number, word: string, many = `${word}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? word : many}`;
}

export function options<T extends string>(
  words: Record<T, string | { label: string }>,
): { value: T; label: string }[] {
  return (Object.entries(words) as [T, string | { label: string }][]).map(([value, word]) => ({
    value,
    label: typeof word === "string" ? word : word.label,
  }));
}
