// The window over a made-up core, for looking at deployments and the schedule without Tauri:
// /dev/ops.html?theme=dark#/deployment/DEP-1. Production builds leave it out.
import { mount } from "svelte";
import "../src/kit/base.css";
import App from "../src/app/App.svelte";
import { Routes } from "../src/app/routes.svelte";
import { useTransport } from "../src/rpc/client";
import deploy from "../src/stages/deploy/screen";
import deployments from "../src/views/deployments/screen";
import schedule from "../src/views/schedule/screen";

const ROLLOUT = {
  waves: [],
  at_once: 100,
  step_minutes: 60,
  health_seconds: 10,
  on_failure: "ask",
};

const query = new URLSearchParams(location.search);
const theme = query.get("theme");
if (theme) document.documentElement.dataset.theme = theme;
const now = Date.now();
const t = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
const hash = "sha256:5e1d03b7c9a44f10a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f790af";
const target = (n: number, wave: number) => ({
  id: `eu-west-${n}`,
  wave,
  endpoint: "deployer",
  params: { restart: "graceful" },
});
const targets = Array.from({ length: 12 }, (_, i) => target(i + 1, i === 0 ? 1 : i < 5 ? 2 : 3));
const step = (attempt = 1) => ({
  run: 1,
  step: "health",
  attempt,
  key: "k",
  intended_at: t(-2),
  result: { outcome: "succeeded" },
  ended_at: t(-1.8),
  endpoint_run: "88121",
});
function view(key: string) {
  const unknown = key === "DEP-2";
  const state =
    key === "DEP-3"
      ? "validating"
      : key === "DEP-4"
        ? "planned"
        : key === "DEP-5"
          ? "done"
          : "deploying";
  const held = state === "deploying";
  const check = (id: string, text: string, result: string | null) => ({
    item: { id, kind: "functional", text, expected: "The order is there", required: true },
    result,
    hash: result ? hash : null,
    evidence: { text: result ? "Order 4711 went through" : "", link: "" },
    attachments: [],
    by: result ? "ines" : null,
    at: result ? t(-3) : null,
  });
  return {
    deployment: {
      key,
      version: 3,
      state,
      hotfix: "HF-13",
      product: "shop",
      environment: "prod",
      production: true,
      revision: 2,
      hash,
      starts_at: t(80),
      window_ends_at: t(140),
      automatic: false,
      expected: { duration_minutes: 20, disruption: "brief", on_duty: ["rita"] },
      targets,
      note: "After the payroll run",
      planned_by: "rita",
      procedures: ["Maintenance page is ready", "On-call has been told", "Queue is drained"].map(
        (text, i) => ({
          item: { id: `p${i}`, kind: "procedure", text, expected: "", required: true },
          ticked_by: i === 0 ? "rita" : null,
          ticked_at: i === 0 ? t(-12) : null,
        }),
      ),
      checks: [
        check("a", "Pay with a saved card", "passed"),
        check("b", "Guest checkout still works", null),
      ],
      sign_offs_wanted: 1,
      sign_offs: [],
      run:
        state === "planned"
          ? null
          : {
              number: 1,
              kind: "deploy",
              hash,
              targets,
              started_by: "rita",
              started_at: t(-2),
              ended_at: held ? null : t(-1),
              paused: false,
              hold: held
                ? {
                    target: "eu-west-5",
                    unknown,
                    reason: unknown
                      ? "The endpoint stopped answering after the package was sent."
                      : "GET /healthz answered 502 three times; the limit is 2.",
                    at: t(-0.4),
                    claimed_by: unknown ? "rita" : null,
                  }
                : null,
              decisions: [],
            },
      finished_runs: [],
      reason: "",
      deployed_at: null,
      done_at: null,
      changed_at: t(-1),
    },
    title: "Saved-card checkout fails with 500",
    product_name: "Shop",
    environment_name: "Production",
    targets: targets.map((one, i) => {
      const s =
        state === "planned"
          ? "waiting"
          : !held || i < 4
            ? "done"
            : i === 4
              ? unknown
                ? "unknown"
                : "failed"
              : "waiting";
      return {
        id: one.id,
        wave: one.wave,
        state: s,
        detail: s === "done" ? "healthy" : s === "waiting" ? "not started" : "health answered 502",
        steps: s === "waiting" ? [] : [step()],
        started_at: s === "waiting" ? null : t(-2),
        ended_at: s === "waiting" ? null : t(-1.8),
      };
    }),
    done: held ? 4 : state === "planned" ? 0 : 12,
    waves: [],
    rollout: ROLLOUT,
    usual_seconds: null,
    endpoints: [],
    expected_end: held ? t(1.3) : null,
    rolls_back_to: "4.8.1",
  };
}
const row = (key: string, state: string, from: number, to: number, environment = "prod") => ({
  key,
  hotfix: "HF-13",
  title: "Saved-card checkout fails with 500",
  product: "shop",
  environment,
  revision: 2,
  state,
  starts_at: t(from),
  window_ends_at: t(to),
  automatic: false,
  expected: { duration_minutes: 20, disruption: "brief", on_duty: ["rita"] },
  held: key === "DEP-1",
  started_at: state === "planned" || state === "missed" ? null : t(from),
  ended_at: state === "done" || state === "failed" ? t(from + 2) : null,
});
const rows = [
  row("DEP-5", "done", -100, -60, "stg"),
  row("DEP-3", "validating", -70, -40, "stg"),
  row("DEP-1", "deploying", -12, 40),
  row("DEP-4", "planned", 80, 140),
  row("DEP-6", "missed", -200, -150),
];
const span = (name: string, purpose: string, from: number, to: number) => ({
  id: name,
  name,
  purpose,
  start: t(from),
  end: t(to),
});
const environments = [
  {
    id: "stg",
    name: "Staging",
    production: false,
    soak_minutes: 0,
    targets: [],
    probes: [],
    rollout: ROLLOUT,
  },
  {
    id: "prod",
    name: "Production",
    production: true,
    soak_minutes: 0,
    targets,
    probes: [],
    rollout: ROLLOUT,
  },
];
const empty = query.has("empty");
const answers: Record<string, (request: { key?: string }) => unknown> = {
  workspace_show: () => ({
    name: "Acme Shop",
    zone: "Europe/Berlin",
    me: { id: "rita", name: "Rita Marsh" },
  }),
  catalog_list: () => [
    { version: 1, object: { kind: "person", id: "rita", name: "Rita Marsh", roles: [] } },
    { version: 1, object: { kind: "person", id: "ines", name: "Ines Roth", roles: [] } },
    { version: 1, object: { kind: "product", id: "shop", name: "Shop", environments } },
  ],
  count_all: () => ({ deployments: 3 }),
  deploy_list: () => ({ rows: empty ? [] : rows, next: null, total: rows.length }),
  deploy_show: ({ key }) => view(key ?? "DEP-1"),
  fix_blockers: () => ({
    deployment: "DEP-9",
    blockers: [],
    passed: [],
    next_slot: null,
  }),
  fix_list: () => ({
    rows: [{ key: "HF-13", title: "Saved-card checkout" }],
    next: null,
    total: 1,
  }),
  calendar_free: () => [
    {
      start: t(90),
      end: t(200),
      why: "Outside office hours; right after the freeze “payroll run”.",
      time: "off_hours",
      parts: [],
    },
    { start: t(1200), end: t(1600), why: "In office hours.", time: "office_hours", parts: [] },
  ],
  deploy_conflicts: () => ({ ends_at: t(140), blockers: [], overridden: [], next: null }),
  schedule: () => ({
    zone: "Europe/Berlin",
    rows: empty
      ? []
      : [
          {
            product: "shop",
            product_name: "Shop",
            environment: "stg",
            environment_name: "Staging",
            deployments: rows.filter((r) => r.environment === "stg"),
            spans: [],
          },
          {
            product: "shop",
            product_name: "Shop",
            environment: "prod",
            environment_name: "Production",
            deployments: rows.filter((r) => r.environment === "prod"),
            spans: [
              span("payroll run", "freeze", -300, 74),
              span("nightly", "maintenance", 330, 500),
            ],
          },
          {
            product: "acc",
            product_name: "Accounts",
            environment: "prod",
            environment_name: "Production",
            deployments: [],
            spans: [span("database migration", "lock", -180, 240)],
          },
        ],
  }),
  runs_where: () =>
    empty
      ? []
      : environments.map((e) => ({
          product: "shop",
          product_name: "Shop",
          environment: e.id,
          environment_name: e.name,
          production: e.production,
          running: {
            version: "4.8.1",
            hotfix: "HF-11",
            revision: 3,
            hash,
            hotfixes: [{ hotfix: "HF-11", revision: 3, commits: [], files: [] }],
            since: t(-3000),
          },
          held_by: e.production ? "DEP-1" : null,
          slots: e.production
            ? [{ deployment: "DEP-4", hotfix: "HF-13", starts_at: t(80), ends_at: t(140) }]
            : [],
        })),
};
const log = [
  "call|POST deploy key HF-13.r2.DEP-1.1.eu-west-5.start.1 → 202 run 88121",
  "endpoint|unpack 5e1d…90af 48 KB ok",
  "endpoint|restart shop.service ok",
  "health|GET /healthz 502, 1 failure, limit 2",
  "health|GET /healthz 502, 2 failures, limit 2",
  "error|GET /healthz 502, 3 failures: over the limit, held for a decision",
];
useTransport({
  invoke: async (command, args) => {
    if (command === "workspace_status") {
      return { open: { name: "Acme Shop", path: "/acme.hotfix" }, recent: [], folder: "/" };
    }
    const { name, request, channel } = args as {
      name: string;
      request: { key?: string };
      channel?: (lines: unknown) => void;
    };
    if (command === "follow") {
      channel?.(
        log.map((line, i) => {
          const [stream, text] = line.split("|");
          return { id: i + 1, at: t(-1 + i * 0.1), target: "eu-west-5", stream, text };
        }),
      );
      return new Promise(() => {});
    }
    return answers[name]?.(request) ?? {};
  },
  listen: async () => () => {},
  channel: (heard) => heard,
});
const routes = new Routes();
routes.register(deploy, deployments, schedule);
const place = document.getElementById("app");
if (place) mount(App, { target: place, props: { registry: routes } });
