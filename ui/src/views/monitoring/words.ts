//! How a watch is spoken of: the state of a probe, what changed with the deployment, how long it
//! still goes on. Absent: any request.

import Check from "@lucide/svelte/icons/check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import X from "@lucide/svelte/icons/x";
import type { Icon, Tone } from "../../kit/icon";
import { figure } from "../../kit/figure";
import { duration, millis } from "../../kit/time";
import type {
  Breach,
  MonitoringView,
  ProbeSpec,
  ProbeView,
  SampleResult,
  Stretch,
} from "../../rpc/generated";

export interface Meaning {
  word: string;
  tone: Tone;
  icon: Icon;
}

/** What one sample says. */
export const resultWords: Record<SampleResult, Meaning> = {
  success: { word: "As expected", tone: "ok", icon: Check },
  failure: { word: "Not as expected", tone: "bad", icon: X },
  inconclusive: { word: "Neither yes nor no", tone: "wait", icon: CircleHelp },
  error: { word: "No answer", tone: "unknown", icon: CircleHelp },
};

/** Where a probe stands: what it saw last, and whether a limit is crossed. */
export function probeState(probe: ProbeView, breached: boolean): Meaning {
  if (breached) return { word: "Over its limit", tone: "bad", icon: X };
  if (!probe.last) return { word: "No sample yet", tone: "plain", icon: CircleDashed };
  return resultWords[probe.last.result];
}

export function isBreached(view: MonitoringView, probe: ProbeView): boolean {
  return view.breaches.some(
    (one) =>
      one.closed_at === null &&
      one.probe === probe.spec.id &&
      one.environment === probe.environment,
  );
}

/** What burns first, then what is not as expected, what is, and what was never asked. */
export function inOrder(view: MonitoringView): ProbeView[] {
  const weight = (one: ProbeView) =>
    isBreached(view, one) ? 0 : !one.last ? 3 : one.last.result === "success" ? 2 : 1;
  return [...view.probes].sort((a, b) => weight(a) - weight(b));
}

export const openBreaches = (view: MonitoringView) =>
  view.breaches.filter((one) => one.closed_at === null);

export const openDoubts = (view: MonitoringView) =>
  view.doubts.filter((one) => one.settled_at === null);

/** What a breach did by itself; undefined if it only told. */
export function deedWords(breach: Breach): string | undefined {
  const deed = breach.deed;
  switch (deed.did) {
    case "notified":
      return undefined;
    case "reopened":
      return deed.hotfix === null
        ? `Opened ${deed.issues.join(", ")} again. Triage ${deed.issues.length === 1 ? "it" : "them"}.`
        : `Opened ${deed.issues.join(", ")} again, in ${deed.hotfix}.`;
    case "rolled_back":
      return `Rolled ${breach.environment} back by itself (${deed.deployment}).`;
    case "refused":
      return deed.wanted === "roll_back"
        ? `It was not rolled back by itself: ${deed.why} Decide what to do.`
        : `Its issues were not opened again: ${deed.why}`;
  }
}

/** "2 wrong in a row; more than 2 is a breach" */
export function limitWords({ spec, counted }: Pick<ProbeView, "spec" | "counted">): string {
  const how = spec.within === null ? "in a row" : `within ${spec.within} samples`;
  const dry = spec.dry_run ? " Dry run: nothing follows." : "";
  if (counted.failures > 0)
    return `${counted.failures} wrong ${how}; more than ${spec.failure_limit} is a breach.${dry}`;
  if (counted.errors > 0)
    return `${counted.errors} unanswered in a row; more than ${spec.error_limit} is a breach.${dry}`;
  if (counted.inconclusive > 0)
    return `${counted.inconclusive} neither yes nor no ${how}; after more than ${spec.inconclusive_limit} you are asked.${dry}`;
  return `More than ${spec.failure_limit} wrong ${how}, or ${spec.error_limit} unanswered, is a breach.${dry}`;
}

/** What happens by itself on a breach, beyond telling. */
export const followsWords = (spec: ProbeSpec): string | undefined =>
  spec.dry_run
    ? undefined
    : {
        notify: undefined,
        reopen: "A breach opens its issues again",
        roll_back: "A breach rolls back",
      }[spec.on_breach];

const units: Partial<Record<ProbeSpec["by"], string>> = {
  http: "ms",
  alertmanager: "alerts",
  certificate: "days",
};

/** What the values of a probe are: milliseconds, days, alerts, or plain numbers. */
export const unitOf = (spec: ProbeSpec) => units[spec.by] ?? "";

/** "117 ms, 0 of 277 bad" */
export function stretchWords(one: Stretch | null, unit: string): string {
  if (!one || one.count === 0) return "no sample";
  const unclear =
    one.inconclusive > 0 ? `, ${one.inconclusive.toLocaleString()} neither yes nor no` : "";
  const bad = `${one.bad.toLocaleString()} of ${one.count.toLocaleString()} bad${unclear}`;
  return one.mean === null ? bad : `${`${figure(one.mean)} ${unit}`.trim()}, ${bad}`;
}

const within = (spec: ProbeSpec) => [
  spec.at_least !== null && `at least ${spec.at_least}`,
  spec.at_most !== null && `at most ${spec.at_most}`,
];

function asked(spec: ProbeSpec): (string | false)[] {
  switch (spec.by) {
    case "prometheus":
      return [spec.query, ...within(spec)];
    case "alertmanager":
      return [spec.query || "every alert", `at most ${spec.at_most ?? 0} active`];
    case "certificate":
      return [
        `good for at least ${spec.at_least ?? 14} days`,
        spec.unverified ? "whoever signed it" : "trusted here",
      ];
    case "command":
      return [spec.argv.join(" "), "ends with 0", ...within(spec)];
    default:
      return [
        spec.method,
        String(spec.expect_status),
        spec.expect_text !== "" && `“${spec.expect_text}”`,
        spec.max_millis !== null && `within ${spec.max_millis.toLocaleString()} ms`,
      ];
  }
}

/** What the probe expects: "GET · 200 · “paid” · within 800 ms", or "sum(…) · at most 3". */
export function expectation(spec: ProbeSpec): string {
  return [
    ...asked(spec),
    spec.above_before !== null && `at most ${spec.above_before} % above before`,
    `every ${duration(spec.every_seconds * 1000)}`,
    followsWords(spec)?.toLowerCase(),
    spec.dry_run && "dry run",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** How far a period has come, and what is left of it. */
export function progress(period: { from: string; until: string }, now: number) {
  const from = millis(period.from);
  const until = millis(period.until);
  const left = until - now;
  return {
    share: Math.min(1, Math.max(0, (now - from) / Math.max(1, until - from))),
    over: left <= 0,
    words: left <= 0 ? `over since ${duration(left)}` : `${duration(left)} left`,
  };
}

/** How many gave each score, from the best to the worst; a score that nobody gave says something too. */
export function scores(feedback: { score: number }[]): { id: string; name: string; of: number }[] {
  return [5, 4, 3, 2, 1].map((score) => ({
    id: `${score}`,
    name: `${score} of 5`,
    of: feedback.filter((one) => one.score === score).length,
  }));
}

/** The mean of the marks, to one decimal; undefined without any. */
export function meanScore(feedback: { score: number }[]): string | undefined {
  if (feedback.length === 0) return undefined;
  return (feedback.reduce((sum, one) => sum + one.score, 0) / feedback.length).toFixed(1);
}
