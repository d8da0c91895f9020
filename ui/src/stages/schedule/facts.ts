//! What a start would do, in the words of the dialog that asks for it.

import { clockTime } from "../../kit/time";
import { expectedWords } from "../../views/schedule/words";
import type { Deployment } from "../../rpc/generated";

export interface Fact {
  label: string;
  value: string;
  mono?: boolean;
}

/** Package, targets by wave, parameters that differ from none, and the window. */
export function startFacts(
  deployment: Deployment,
  now = Date.now(),
  name = (id: string) => id,
): Fact[] {
  const waves = new Map<number, string[]>();
  for (const target of deployment.targets) {
    waves.set(target.wave, [...(waves.get(target.wave) ?? []), target.id]);
  }
  const ordered = [...waves].sort(([a], [b]) => a - b);
  const facts: Fact[] = [
    { label: "Package", value: `r${deployment.revision} · sha256 ${deployment.hash}`, mono: true },
    {
      label: "Targets",
      value:
        ordered.length === 0
          ? "none"
          : ordered.length === 1
            ? ordered.map(([, ids]) => ids.join(", ")).join("")
            : ordered.map(([, ids], i) => `wave ${i + 1}: ${ids.join(", ")}`).join("; "),
    },
  ];
  for (const target of deployment.targets) {
    const given = Object.entries(target.params).map(([name, value]) => `${name}=${value}`);
    if (given.length > 0) {
      facts.push({ label: `Parameters of ${target.id}`, value: given.join(" "), mono: true });
    }
  }
  if (deployment.starts_at && deployment.window_ends_at) {
    const from = clockTime(deployment.starts_at, now);
    facts.push({
      label: "Window",
      value: `${from} – ${clockTime(deployment.window_ends_at, now)}`,
    });
  }
  const { duration_minutes: long, disruption, on_duty } = deployment.expected;
  if (long > 0 || disruption !== "unsaid" || on_duty.length > 0) {
    facts.push({ label: "Expected", value: expectedWords(deployment.expected, name) });
  }
  return facts;
}
