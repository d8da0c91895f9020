//! The kinds of catalog objects as Settings shows them: their address, their words, what a new one
//! starts from. The types are the core's: a kind or a field that is added there is missed here by the
//! compiler. Absent: the forms (a file a kind).

import CalendarClock from "@lucide/svelte/icons/calendar-clock";
import CalendarOff from "@lucide/svelte/icons/calendar-off";
import CalendarSync from "@lucide/svelte/icons/calendar-sync";
import FileText from "@lucide/svelte/icons/file-text";
import Grid3x3 from "@lucide/svelte/icons/grid-3x3";
import KeyRound from "@lucide/svelte/icons/key-round";
import ListChecks from "@lucide/svelte/icons/list-checks";
import Megaphone from "@lucide/svelte/icons/megaphone";
import Package from "@lucide/svelte/icons/package";
import Plug from "@lucide/svelte/icons/plug";
import Rss from "@lucide/svelte/icons/rss";
import Send from "@lucide/svelte/icons/send";
import ShieldCheck from "@lucide/svelte/icons/shield-check";
import User from "@lucide/svelte/icons/user";
import Users from "@lucide/svelte/icons/users";
import type { Icon } from "../../kit/icon";
import type { CatalogObject, HealthGate, WaveRule } from "../../rpc/generated";
import { messengers } from "./messengers";
import { newMark } from "./published";
import { inWords } from "./recurrence";
import { systems } from "./sources";
import { place, purposes, roles, type Names } from "./words";
import { noTelling } from "../../views/schedule/notices";

export type Kind = CatalogObject["kind"];
export type ObjectOf<K extends Kind> = Extract<CatalogObject, { kind: K }>;

export interface KindWords<K extends Kind> {
  /** As the address names it: "#/settings/people". */
  slug: string;
  label: string;
  /** One of them, as in "New person". */
  one: string;
  icon: Icon;
  /** What they are for, taught where there is none. */
  about: string;
  /** The second line in the list. */
  line: (object: ObjectOf<K>, names: Names) => string;
  fresh: () => ObjectOf<K>;
}

const count = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;
const day = () => ({ open: "09:00", close: "17:00" });
/** Monday to Friday, nine to five. */
export const office = (): ObjectOf<"rubric">["hours"] => ({
  zone: local(),
  days: [[day()], [day()], [day()], [day()], [day()], [], []],
  holidays: [],
});
/** By when a priority wants an answer, an end and, meanwhile, a word; in minutes. */
const deadline = (
  priority: ObjectOf<"rubric">["targets"][number]["priority"],
  respond_minutes: number,
  resolve_minutes: number,
  update_minutes: number,
  around_the_clock: boolean,
) => ({ priority, respond_minutes, resolve_minutes, update_minutes, around_the_clock });
const local = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const kinds: { [K in Kind]: KindWords<K> } = {
  person: {
    slug: "people",
    label: "People",
    one: "person",
    icon: User,
    about: "Who reports, decides, approves and is told. Roles say what the gates accept from whom.",
    line: (o) => o.roles.map((role) => roles[role]).join(", "),
    fresh: () => ({
      kind: "person",
      id: "",
      name: "",
      mail: "",
      roles: [],
      zone: local(),
      hours: null,
      calendar: null,
    }),
  },
  team: {
    slug: "teams",
    label: "Teams",
    one: "team",
    icon: Users,
    about: "Whom a hot fix or an issue can be given to, and whom a message reaches together.",
    line: (o) => count(o.members.length, "member"),
    fresh: () => ({ kind: "team", id: "", name: "", members: [] }),
  },
  product: {
    slug: "products",
    label: "Products",
    one: "product",
    icon: Package,
    about: "What is fixed: its versions, its living branches, and the path its fixes take.",
    line: (o) => o.environments.map((e) => e.name || e.id).join(" → "),
    fresh: () => ({
      kind: "product",
      id: "",
      name: "",
      components: [],
      versions: [],
      branches: ["main"],
      repository: "",
      environments: [
        environment("staging", "Staging", false),
        environment("production", "Production", true),
      ],
      team: null,
      tests: [],
      checks: null,
      depends_on: [],
    }),
  },
  endpoint: {
    slug: "endpoints",
    label: "Endpoints",
    one: "endpoint",
    icon: Plug,
    about: "The systems that carry a package to its targets, and how they are spoken to.",
    line: (o) =>
      o.recipe === "command"
        ? (o.command?.argv[0] ?? "")
        : o.base_url.replace(/^https?:\/\//, "") || o.recipe,
    fresh: () => ({
      kind: "endpoint",
      id: "",
      name: "",
      recipe: "",
      recipe_text: "",
      base_url: "",
      settings: {},
      hosts: [],
      secrets: [],
      proxy: "",
      ca: "",
      command: null,
    }),
  },
  policy: {
    slug: "policies",
    label: "Policies",
    one: "policy",
    icon: ShieldCheck,
    about:
      "What must be true before something ships. Without one, a single approval by somebody else is wanted.",
    line: (o, names) =>
      `${place(o, names)}${o.priorities.length > 0 ? ` ${o.priorities.join(", ")}` : ""} · ${
        Math.max(o.approvals, o.each_role.length) === 0
          ? "no approval"
          : count(Math.max(o.approvals, o.each_role.length), "approval")
      }`,
    fresh: () => ({
      kind: "policy",
      id: "",
      name: "",
      product: null,
      environment: null,
      priorities: [],
      approvals: 1,
      approver_roles: ["approver", "release_manager", "owner"],
      each_role: [],
      authors_may_approve: false,
      approval_hours: 24,
      monitoring_minutes: 2880,
      monitoring_by_priority: { P1: 4320 },
      tell_before: true,
      emergency_approvals: null,
      sign_offs: 0,
      sign_off_by: { people: [], teams: [], roles: [], reporters: false },
      soak_minutes: 0,
      hard: [],
      not_applicable: [],
      override_roles: ["release_manager", "owner"],
    }),
  },
  rubric: {
    slug: "rubrics",
    label: "Rubrics",
    one: "rubric",
    icon: Grid3x3,
    about: "How impact and urgency give a priority, and by when a priority wants an answer.",
    line: (o, names) => (o.product ? names.product(o.product) : "Every product"),
    fresh: () => ({
      kind: "rubric",
      id: "",
      name: "",
      product: null,
      matrix: [
        ["P1", "P2", "P3"],
        ["P2", "P3", "P4"],
        ["P3", "P4", "P5"],
      ],
      targets: [
        deadline("P1", 15, 240, 60, true),
        deadline("P2", 60, 480, 240, true),
        deadline("P3", 240, 1440, 0, false),
        deadline("P4", 480, 2400, 0, false),
        deadline("P5", 960, 4800, 0, false),
      ],
      hours: office(),
      calendar: null,
      guide: {
        system: [
          "Down, or data is lost or exposed",
          "One function fails or is slow",
          "Cosmetic, or there is a way around",
        ],
        users: ["Most users, or a whole customer", "A group of users", "One or a few"],
        business: [
          "Money, law or reputation, now",
          "A deadline or a customer is in danger",
          "An annoyance",
        ],
        urgency: [
          "It gets worse by the hour",
          "It has to be over in a day or two",
          "It can wait for the next release",
        ],
      },
    }),
  },
  checklist: {
    slug: "checklists",
    label: "Checklists",
    one: "checklist",
    icon: ListChecks,
    about: "The procedure before a start, and the checks after it, copied into each deployment.",
    line: (o, names) =>
      `${o.standard ? "Standard change · " : ""}${place(o, names)}${
        o.priorities.length > 0 ? ` ${o.priorities.join(", ")}` : ""
      } · ${count(o.items.length, "step")}`,
    fresh: () => ({
      kind: "checklist",
      id: "",
      name: "",
      product: null,
      environment: null,
      priorities: [],
      standard: null,
      items: [],
    }),
  },
  template: {
    slug: "templates",
    label: "Templates",
    one: "template",
    icon: FileText,
    about: "The words of a message, with names that are filled in when it is sent.",
    line: (o) => purposes[o.purpose],
    fresh: () => ({
      kind: "template",
      id: "",
      name: "",
      purpose: "fixed",
      readers: null,
      subject: "Fixed: {{ title }}",
      body: "“{{ title }}” is fixed in {{ product }} ({{ key }}).\n\n{{ solution }}\n\n{{ instructions }}\n",
      texts: {},
    }),
  },
  audience: {
    slug: "audiences",
    label: "Audiences",
    one: "audience",
    icon: Megaphone,
    about: "Who a message goes to: the affected, people and teams, by one name.",
    line: (o) =>
      [
        o.affected && "the affected",
        o.teams.length > 0 && count(o.teams.length, "team"),
        o.people.length > 0 && count(o.people.length, "person", "people"),
      ]
        .filter(Boolean)
        .join(", "),
    fresh: () => ({
      kind: "audience",
      id: "",
      name: "",
      product: null,
      environments: [],
      tell: noTelling,
      affected: true,
      people: [],
      teams: [],
      readers: null,
      quiet: { when: "workspace" },
    }),
  },
  calendar: {
    slug: "calendars",
    label: "Calendars",
    one: "calendar entry",
    icon: CalendarOff,
    about:
      "When not to deploy, when preferably, who holds an environment, who is away, and who is on duty.",
    line: (o) =>
      `${calendarKinds[o.purpose]} · ${
        o.rule.rrule ? inWords(o.rule.rrule) : o.rule.start.replace("T", " ")
      }`,
    fresh: () => ({
      kind: "calendar",
      id: "",
      name: "",
      purpose: "freeze",
      products: [],
      environments: [],
      components: [],
      targets: [],
      people: [],
      replaces: [],
      rule: {
        start: "",
        zone: local(),
        duration_minutes: 120,
        wall_clock: true,
        exdates: [],
        rdates: [],
        moved: [],
      },
      note: "",
      origin: null,
    }),
  },
  business_calendar: {
    slug: "business-hours",
    label: "Business hours",
    one: "business calendar",
    icon: CalendarClock,
    about:
      "The hours and holidays of a place or a team. Rubrics count deadlines in them, people work by them.",
    line: (o) =>
      [o.hours.zone, o.hours.holidays.length > 0 && count(o.hours.holidays.length, "holiday")]
        .filter(Boolean)
        .join(" · "),
    fresh: () => ({ kind: "business_calendar", id: "", name: "", hours: office() }),
  },
  published_calendar: {
    slug: "published-calendars",
    label: "Published calendars",
    one: "published calendar",
    icon: CalendarSync,
    about:
      "Calendars on a CalDAV server that others look at: planned deployments stand there, move and are called off with the plan.",
    line: (o, names) =>
      [
        o.production_only && "production",
        o.products.map((id) => names.product(id)).join(", "),
        o.environments.map((id) => names.environment(id)).join(", "),
        o.paused && "paused",
      ]
        .filter(Boolean)
        .join(" · ") || "every deployment",
    fresh: () => ({
      kind: "published_calendar",
      id: "",
      name: "",
      address: "",
      user: "",
      mark: newMark(),
      products: [],
      environments: [],
      production_only: false,
      paused: false,
    }),
  },
  messenger: {
    slug: "messengers",
    label: "Messengers",
    one: "messenger",
    icon: Send,
    about:
      "By what messages leave: a mail server, a channel of Slack, Teams, Mattermost or Discord, a webhook.",
    line: (o) =>
      [messengers[o.system].label, o.address.replace(/^.*:\/\//, "")].filter(Boolean).join(" · "),
    fresh: () => ({
      kind: "messenger",
      id: "",
      name: "",
      system: "mail",
      address: "",
      user: "",
      from: "",
      reply_to: "",
      signed: true,
    }),
  },
  access: {
    slug: "access",
    label: "Access",
    one: "access",
    icon: KeyRound,
    about:
      "How a host is reached by probes, gates and checks: a login, headers, an authority of its own, a proxy.",
    line: (o) => o.hosts.join(", "),
    fresh: () => ({
      kind: "access",
      id: "",
      name: "",
      hosts: [],
      login: { by: "nobody" },
      headers: [],
      proxy: "",
      ca: "",
    }),
  },
  source: {
    slug: "sources",
    label: "Sources",
    one: "source",
    icon: Rss,
    about:
      "Where others keep what becomes issues here: alerts, mailboxes, trackers. Each is read every so often.",
    line: (o) => `${systems[o.system].label}${o.paused ? " · paused" : ""}`,
    fresh: () => ({
      kind: "source",
      id: "",
      name: "",
      system: "alertmanager",
      address: "",
      hosts: [],
      query: "",
      user: "",
      secret: false,
      product: null,
      component: "",
      environment: "",
      labels: [],
      group_by: [],
      every_seconds: 60,
      since: null,
      paused: false,
      calendar: noScope(),
    }),
  },
};

/** A freeze of everything. */
export const noScope = (): ObjectOf<"source">["calendar"] => ({
  purpose: "freeze",
  products: [],
  environments: [],
  components: [],
  targets: [],
  people: [],
});

export const calendarKinds = {
  freeze: "Freeze",
  maintenance: "Maintenance",
  lock: "Lock",
  absence: "Absence",
  duty: "Duty",
} as const satisfies Record<ObjectOf<"calendar">["purpose"], string>;

export const order: Kind[] = [
  "person",
  "team",
  "product",
  "endpoint",
  "policy",
  "rubric",
  "checklist",
  "template",
  "audience",
  "messenger",
  "calendar",
  "published_calendar",
  "business_calendar",
  "source",
  "access",
];

/** What a new one begins with, as its address says: "?purpose=absence&people=rita". */
export function begun(kind: Kind, query: URLSearchParams): Partial<CatalogObject> | undefined {
  const purpose = query.get("purpose");
  if (kind !== "calendar" || purpose === null || !(purpose in calendarKinds)) return undefined;
  return {
    purpose: purpose as ObjectOf<"calendar">["purpose"],
    people: query.getAll("people"),
  } as Partial<ObjectOf<"calendar">>;
}

export function kindOf(slug: string | undefined): Kind | undefined {
  return order.find((kind) => kinds[kind].slug === slug);
}

/** "/settings/endpoints/deployer", or "/settings/endpoints" for all of them. */
export function addressOf(kind: Kind, id?: string): string {
  const base = `/settings/${kinds[kind].slug}`;
  return id === undefined ? base : `${base}/${encodeURIComponent(id)}`;
}

/** The list's second line, whatever the kind. */
export function lineOf(object: CatalogObject, names: Names): string {
  return (kinds[object.kind].line as (o: CatalogObject, names: Names) => string)(object, names);
}

export function environment(
  id: string,
  name: string,
  production: boolean,
): ObjectOf<"product">["environments"][number] {
  return {
    id,
    name,
    production,
    soak_minutes: production ? 0 : 15,
    targets: [],
    probes: [],
    rollout: {
      waves: [],
      at_once: 100,
      step_minutes: 60,
      health_seconds: 10,
      on_failure: "ask",
    },
  };
}

export function waveRule(wave: number): WaveRule {
  return { wave, name: "", share: 0, pause_minutes: 0, wait: false, gates: [] };
}

/** Argo Rollouts' own limits. */
export function healthGate(): HealthGate {
  return {
    id: "",
    name: "",
    by: "http",
    url: "",
    access: null,
    expect_status: 200,
    expect_text: "",
    max_millis: null,
    query: "",
    at_least: null,
    at_most: null,
    every_seconds: 10,
    good: 1,
    failure_limit: 2,
    inconclusive_limit: 0,
    error_limit: 4,
    dry_run: false,
  };
}

export function testCommand(): ObjectOf<"product">["tests"][number] {
  return { name: "", argv: [], folder: "", report: "", timeout_minutes: 30 };
}
