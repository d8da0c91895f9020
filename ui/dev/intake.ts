// The real window over a made-up core: the inbox, the quick report and what waits. Development only;
// `/dev/intake.html?theme=dark#/inbox`, `&empty` for a workspace without anything.
import { mount } from "svelte";
import "../src/kit/base.css";
import App from "../src/app/App.svelte";
import { registerAll } from "../src/app/modules";
import { useTransport } from "../src/rpc/client";

const ROLLOUT = {
  waves: [],
  at_once: 100,
  step_minutes: 60,
  health_seconds: 10,
  on_failure: "ask",
};

const query = new URLSearchParams(location.search);
const theme = query.get("theme");
if (theme) document.documentElement.dataset["theme"] = theme;
const empty = query.has("empty");

const now = Date.now();
const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString();
const titles = [
  "Checkout shows error 500 after “Pay” with a saved card",
  "Invoices of 30 Oct carry the wrong VAT",
  "Alert: p99 of /search over 4 s for 10 minutes",
  "Password reset mail arrives twice",
  "المتصفح يتجمد عند فتح السلة",
  "Export to CSV loses the last line",
];
const priorities = ["P1", "P2", "P2", "P3", null, null];
const states = ["triaged", "triaged", "in_hot_fix", "needs_info", "new", "new"];
const row = (i: number) => ({
  key: `ISS-${482 - i}`,
  title: titles[i % 6],
  state: states[i % 6],
  priority: priorities[i % 6],
  product: "shop",
  component: "checkout",
  version: "4.8.1",
  affected: 31 - (i % 30),
  reporter: "Ann Petrov",
  owner: i % 2 ? "rita" : "sam",
  hotfix: i % 6 === 2 ? "HF-9" : null,
  reported_at: at(-40 * i - 12),
  clock:
    i % 6 < 4
      ? {
          what: i ? "resolve" : "respond",
          state: i % 6 === 3 ? "paused" : "on_track",
          due: at(14 + i * 38),
        }
      : null,
});
const rows = Array.from({ length: empty ? 0 : 300 }, (_, i) => row(i));
const product = {
  kind: "product",
  id: "shop",
  name: "Shop",
  components: ["checkout", "cart"],
  versions: ["4.8.1", "4.8.0"],
  branches: ["main"],
  repository: "",
  environments: [
    {
      id: "staging",
      name: "Staging",
      production: false,
      soak_minutes: 0,
      targets: [],
      probes: [],
      rollout: ROLLOUT,
    },
    {
      id: "production",
      name: "Production",
      production: true,
      soak_minutes: 0,
      targets: [],
      probes: [],
      rollout: ROLLOUT,
    },
  ],
  team: null,
};
const person = (id: string, name: string) => ({
  kind: "person",
  id,
  name,
  mail: "",
  roles: [],
  zone: "UTC",
});
function issue(key: string) {
  const r = row(482 - Number(key.slice(4)));
  return {
    issue: {
      ...r,
      version: 3,
      channel: "phone",
      product_version: r.version,
      environment: "production",
      text: {
        title: r.title,
        description: "Since about 14:00 customers with a saved card get an error page.",
        steps: "1. Sign in with a saved card\n2. Put anything into the cart\n3. Pay",
        expected: "The order is placed.",
        actual: "Error 500.",
        workaround: "Guest checkout works.",
        tell_caller: "",
        reporter: { name: "Ann Petrov", reach: "ann@petrov.example" },
      },
      reported_by: "sam",
      people: [
        {
          contact: { name: "Ann Petrov", reach: "ann@petrov.example" },
          channel: "phone",
          said: "It took me three tries.",
          at: at(-9),
          called_back: false,
        },
      ],
      attachments: [{ hash: "a", size: 182_311, name: "screenshot.png", media: "image/png" }],
      comments: [
        {
          by: "sam",
          at: at(-8),
          internal: true,
          text: "Third call in ten minutes, all with saved cards.",
        },
      ],
      triage: r.priority
        ? {
            impact_system: "high",
            impact_users: "high",
            impact_business: "medium",
            urgency: "high",
            priority: r.priority,
            respond_by: at(14),
            resolve_by: at(230),
            note: "",
            by: "rita",
            at: at(-5),
          }
        : null,
      team: null,
      former_hotfixes: [],
      duplicate_of: null,
      duplicates: [],
      not_the_same: [],
      reason: "",
      reopened: 0,
      responded_at: null,
      resolved_at: null,
      pauses: [],
      changed_at: null,
    },
    clock: r.clock,
    description_html:
      "<p>Since about 14:00 customers with a saved card get an error page after “Pay”. The order is not created.</p>",
  };
}
const similar = [
  {
    key: "ISS-478",
    title: "saved card: 500 at pay",
    score: 0.8,
    why: "same component, same words",
    shared: ["saved", "card"],
    last_reported_at: at(-20),
    provisional: false,
    state: "triaged",
    priority: "P1",
    affected: 4,
    hotfix: "HF-9",
    workaround: "Guest checkout works.",
  },
];
const fixed = [
  {
    hotfix: "HF-7",
    title: "VAT rate missing in the price",
    issue: "ISS-402",
    issue_title: "vat_rate missing in cart/price",
    score: 0.4,
    shared: ["vat_rate", "price"],
    shipped_at: at(-30_000),
    seen_in: "4.7.9",
    recurrence: "not_carried_over",
    label: "possible recurrence: release/4.8 has not got the fix",
  },
];
const wait = (kind: string, key: string, what: string, more = {}) => ({
  kind,
  key,
  hotfix: null,
  priority: null,
  title: titles[0],
  what,
  section: "",
  due: null,
  since: at(-30),
  ...more,
});
type Asked = { key?: string; after?: string | null; limit?: number };
const answers: Record<string, (r: Asked) => unknown> = {
  workspace_show: () => ({
    name: "Acme Shop",
    path: "/acme.hotfix",
    me: { id: "rita", name: "Rita Marsh" },
  }),
  count_all: () => ({
    untriaged: empty ? 0 : 100,
    open: 300,
    mine: 5,
    at_risk: empty ? 0 : 3,
    hotfixes: 2,
    deployments: 1,
    messages: 0,
    monitoring: 1,
    waiting: empty ? 0 : 4,
  }),
  catalog_list: () =>
    [product, person("rita", "Rita Marsh"), person("sam", "Sam Okafor")].map((object) => ({
      object,
      version: 1,
    })),
  issue_list: ({ after, limit }) => {
    const from = Number(after ?? 0);
    const to = from + (limit ?? 100);
    return {
      rows: rows.slice(from, to),
      next: to < rows.length ? String(to) : null,
      total: rows.length,
    };
  },
  issue_show: ({ key }) => issue(key ?? "ISS-482"),
  issue_similar: () => similar,
  issue_fixed_before: () => fixed,
  issue_triage_preview: () => ({
    cells: [0, 1, 2].map((r) =>
      [0, 1, 2].map((c) => ({
        priority: `P${r + c + 1}`,
        reason: "High impact and high urgency give P1 Critical.",
        respond_by: at(14),
        resolve_by: at(240),
      })),
    ),
  }),
  issue_triage: () => ({
    priority: "P1",
    reason: "High impact and high urgency give P1 Critical.",
  }),
  issue_log: () => ({ key: "ISS-483" }),
  fix_new: () => ({ key: "HF-10" }),
  timeline: () => [
    {
      seq: 1,
      stream: "ISS-482",
      kind: "reported",
      at: at(-12),
      occurred_at: at(-12),
      actor: "sam",
      actor_name: "Sam Okafor",
      text: "Reported by phone",
      note: "",
      tone: "",
    },
  ],
  waiting: () =>
    empty
      ? []
      : [
          wait("decision", "DEP-7", "eu-west-3 did not answer: decide", {
            hotfix: "HF-9",
            priority: "P1",
          }),
          wait("approval", "HF-9", "Approve revision 2 for production", {
            priority: "P1",
            section: "approve",
            due: at(40),
          }),
          wait("triage", "ISS-477", "Triage it"),
          wait("triage", "ISS-476", "Triage it"),
        ],
  draft_load: () => ({ text: "" }),
};
useTransport({
  invoke: async (command, args) => {
    if (command === "workspace_status") {
      return { open: { name: "Acme Shop", path: "/acme.hotfix" }, recent: [], folder: "/" };
    }
    const { name, request } = args as { name?: string; request?: Asked };
    return answers[name ?? ""]?.(request ?? {}) ?? {};
  },
  listen: async () => () => {},
  channel: () => undefined,
});
registerAll();
const target = document.getElementById("app");
if (target) mount(App, { target });
