//! How a probe is spoken of while it is written. Pure.

import type { Measure, ProbeSpec } from "../../rpc/generated";

/** What a probe begins with. */
export const freshProbe = (): ProbeSpec => ({
  id: "",
  name: "",
  by: "http",
  url: "",
  access: null,
  query: "",
  at_least: null,
  at_most: null,
  above_before: null,
  method: "GET",
  body: "",
  expect_status: 200,
  expect_text: "",
  max_millis: null,
  unverified: false,
  argv: [],
  folder: "",
  timeout_seconds: 30,
  every_seconds: 60,
  retry_seconds: 10,
  failure_limit: 2,
  inconclusive_limit: 2,
  error_limit: 4,
  within: null,
  on_breach: "notify",
  dry_run: false,
});

/** What its address is called; a command has none. */
export const addressWords: Partial<Record<Measure, { label: string; example: string }>> = {
  http: { label: "Address", example: "https://shop.example.org/healthz" },
  prometheus: { label: "Prometheus server", example: "https://prometheus.example.org" },
  alertmanager: { label: "Alertmanager", example: "https://alertmanager.example.org" },
  certificate: { label: "Server", example: "https://mail.example.org:993" },
};

const number = (value: number) => (Number.isNaN(value) ? "…" : value.toLocaleString());

/** "a breach after more than 2 failures in a row, or 4 silences" */
export function countWords(probe: ProbeSpec): string {
  const within = probe.within === null ? "in a row" : `within ${number(probe.within)} samples`;
  return `a breach after more than ${number(probe.failure_limit)} failures ${within}, or ${number(probe.error_limit)} silences`;
}

/** What will happen by itself, said before it is saved. */
export function breachWords(probe: ProbeSpec, environment: string): string {
  if (probe.dry_run) return "In a dry run it is measured and shown, and nothing follows.";
  const place = environment.trim() || "this environment";
  switch (probe.on_breach) {
    case "notify":
      return "A breach shows a notification and waits for whoever can close it.";
    case "reopen":
      return "A breach opens the issues again by itself, and begins a new hot fix from them.";
    case "roll_back":
      return `A breach rolls ${place} back by itself, once, if this hot fix is what runs there and something ran before.`;
  }
}
