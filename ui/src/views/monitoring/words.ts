//! How a watch is spoken of: the state of a probe, what changed with the deployment, how long it
//! still goes on. Absent: any request.

import Check from "@lucide/svelte/icons/check";
import CircleDashed from "@lucide/svelte/icons/circle-dashed";
import CircleHelp from "@lucide/svelte/icons/circle-question-mark";
import X from "@lucide/svelte/icons/x";
import type { Icon, Tone } from "../../kit/icon";
import { figure } from "../../kit/figure";
import { duration, millis } from "../../kit/time";
import type { MonitoringView, ProbeSpec, ProbeView, Sample, Stretch } from "../../rpc/generated";

export interface Meaning {
  word: string;
  tone: Tone;
  icon: Icon;
}

/** Where a probe stands: what it saw last, and whether a limit is crossed. */
export function probeState(probe: ProbeView, breached: boolean): Meaning {
  if (breached) return { word: "Over its limit", tone: "bad", icon: X };
  if (!probe.last) return { word: "No sample yet", tone: "plain", icon: CircleDashed };
  if (probe.last.result === "success") return { word: "As expected", tone: "ok", icon: Check };
  if (probe.last.result === "error")
    return { word: "No answer", tone: "unknown", icon: CircleHelp };
  return { word: "Not as expected", tone: "bad", icon: X };
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

/** How many samples in a row, the newest backwards, had this result. */
export function inARow(samples: Sample[], result: Sample["result"]): number {
  const at = samples.findLastIndex((one) => one.result !== result);
  return samples.length - 1 - at;
}

/** "2 wrong answers in a row; more than 2 is a breach" */
export function limitWords(spec: ProbeSpec, samples: Sample[]): string {
  const wrong = inARow(samples, "failure");
  const silent = inARow(samples, "error");
  if (wrong > 0) return `${wrong} wrong in a row; more than ${spec.failure_limit} is a breach`;
  if (silent > 0) return `${silent} unanswered in a row; more than ${spec.error_limit} is a breach`;
  return `more than ${spec.failure_limit} wrong or ${spec.error_limit} unanswered in a row is a breach`;
}

/** What the values of a probe are: milliseconds, or plain numbers. */
export const unitOf = (spec: ProbeSpec) => (spec.by === "prometheus" ? "" : "ms");

/** "117 ms, 0 of 277 bad" */
export function stretchWords(one: Stretch | null, unit: string): string {
  if (!one || one.count === 0) return "no sample";
  const bad = `${one.bad.toLocaleString()} of ${one.count.toLocaleString()} bad`;
  return one.mean === null ? bad : `${`${figure(one.mean)} ${unit}`.trim()}, ${bad}`;
}

/** What the probe expects: "GET · 200 · “paid” · within 800 ms", or "sum(…) · at most 3". */
export function expectation(spec: ProbeSpec): string {
  const asked =
    spec.by === "prometheus"
      ? [
          spec.query,
          spec.at_least !== null && `at least ${spec.at_least}`,
          spec.at_most !== null && `at most ${spec.at_most}`,
        ]
      : [
          spec.method,
          String(spec.expect_status),
          spec.expect_text && `“${spec.expect_text}”`,
          spec.max_millis !== null && `within ${spec.max_millis.toLocaleString()} ms`,
        ];
  return [
    ...asked,
    spec.above_before !== null && `at most ${spec.above_before} % above before`,
    `every ${duration(spec.every_seconds * 1000)}`,
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

/** The mean of the marks, to one decimal; undefined without any. */
export function meanScore(feedback: { score: number }[]): string | undefined {
  if (feedback.length === 0) return undefined;
  return (feedback.reduce((sum, one) => sum + one.score, 0) / feedback.length).toFixed(1);
}
