//! The words, tones and icons of deployments and their targets: one place, for lists, the schedule
//! and the live screen alike.

import Ban from "@lucide/svelte/icons/ban";
import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import Check from "@lucide/svelte/icons/check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import ClockAlert from "@lucide/svelte/icons/clock-alert";
import Hand from "@lucide/svelte/icons/hand";
import ListChecks from "@lucide/svelte/icons/list-checks";
import LoaderCircle from "@lucide/svelte/icons/loader-circle";
import Pause from "@lucide/svelte/icons/pause";
import SkipForward from "@lucide/svelte/icons/skip-forward";
import Undo2 from "@lucide/svelte/icons/undo-2";
import X from "@lucide/svelte/icons/x";
import type { Icon, Tone } from "../../kit/icon";
import type { Deployment, DeploymentState, Target, TargetState } from "../../rpc/generated";

export interface Meaning {
  word: string;
  tone: Tone;
  icon: Icon;
}

const STATES: Record<DeploymentState, Meaning> = {
  planned: { word: "Planned", tone: "p4", icon: CalendarClock },
  deploying: { word: "Deploying", tone: "wait", icon: LoaderCircle },
  validating: { word: "Validating", tone: "unknown", icon: ListChecks },
  done: { word: "Done", tone: "ok", icon: Check },
  failed: { word: "Failed", tone: "bad", icon: X },
  rolled_back: { word: "Rolled back", tone: "plain", icon: Undo2 },
  missed: { word: "Missed", tone: "p2", icon: ClockAlert },
  cancelled: { word: "Called off", tone: "plain", icon: Ban },
};

/** A hold outshines the state that it stands in. */
export function meaning(state: DeploymentState, held = false, paused = false): Meaning {
  if (state === "deploying" && held) {
    return { word: "Waiting for a decision", tone: "bad", icon: Hand };
  }
  if (state === "deploying" && paused) return { word: "Paused", tone: "wait", icon: Pause };
  return STATES[state];
}

export const TARGETS: Record<TargetState, Meaning> = {
  waiting: { word: "waiting", tone: "plain", icon: CircleDashed },
  running: { word: "running", tone: "wait", icon: LoaderCircle },
  done: { word: "done", tone: "ok", icon: Check },
  failed: { word: "failed", tone: "bad", icon: X },
  unknown: { word: "unknown", tone: "unknown", icon: CircleHelp },
  skipped: { word: "skipped", tone: "plain", icon: SkipForward },
  rolled_back: { word: "rolled back", tone: "ok", icon: Undo2 },
};

export function canMove(state: DeploymentState): boolean {
  return state === "planned" || state === "missed";
}

/** "sha256 5e1d…90af": enough to compare by eye. */
export function shortHash(hash: string): string {
  const bare = hash.replace(/^sha256:/, "");
  return `sha256 ${bare.slice(0, 8)}…${bare.slice(-8)}`;
}

/** "eu-west-1, eu-west-2 and 10 more" */
export function listed(ids: string[], most = 8): string {
  if (ids.length === 0) return "none";
  if (ids.length <= most) return ids.join(", ");
  return `${ids.slice(0, most - 1).join(", ")} and ${ids.length - most + 1} more`;
}

/** Values for the recipes: said once where they are the same for all targets. */
export function parameters(targets: Target[]): string {
  const each = targets.map((t) => ({
    id: t.id,
    text: Object.entries(t.params)
      .map(([name, value]) => `${name}=${value}`)
      .join(", "),
  }));
  const first = each[0]?.text ?? "";
  if (each.every((t) => t.text === first)) return first || "none beside the endpoint's own";
  return each.map((t) => `${t.id}: ${t.text || "none"}`).join("; ");
}

/** "3 targets in 2 waves: a, b, c" */
export function targetWords(targets: Target[]): string {
  const waves = new Set(targets.map((t) => t.wave)).size;
  const count = `${targets.length} ${targets.length === 1 ? "target" : "targets"}`;
  return `${count}${waves > 1 ? ` in ${waves} waves` : ""}: ${listed(targets.map((t) => t.id))}`;
}

export function mark(deployment: Pick<Deployment, "hotfix" | "revision">): string {
  return `${deployment.hotfix} r${deployment.revision}`;
}
