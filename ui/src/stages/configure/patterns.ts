//! What a new object of each kind starts from. The types are the core's: a field that is added there
//! is missed here by the compiler.

import type { CatalogObject } from "../../rpc/generated";

export type Kind = CatalogObject["kind"];

const office = { open: "09:00", close: "17:00" };

export const patterns: { [K in Kind]: Extract<CatalogObject, { kind: K }> } = {
  person: { kind: "person", id: "new", name: "", mail: "", roles: ["support"], zone: "UTC" },
  team: { kind: "team", id: "new", name: "", members: [] },
  product: {
    kind: "product",
    id: "new",
    name: "",
    components: [],
    versions: [],
    branches: ["main"],
    repository: "",
    environments: ["staging", "production"].map((id) => ({
      id,
      name: id === "staging" ? "Staging" : "Production",
      production: id === "production",
      soak_minutes: 15,
      targets: [],
      probes: [],
    })),
    team: null,
  },
  endpoint: {
    kind: "endpoint",
    id: "new",
    name: "",
    recipe: "generic-http",
    recipe_text: "",
    base_url: "https://",
    hosts: [],
    secrets: [],
  },
  policy: {
    kind: "policy",
    id: "new",
    name: "",
    product: null,
    environment: null,
    priorities: [],
    approvals: 1,
    approver_roles: ["approver"],
    approval_hours: 24,
    monitoring_minutes: 2880,
    tell_before: true,
    sign_offs: 0,
    hard: [],
    not_applicable: [],
    override_roles: ["release_manager", "owner"],
  },
  rubric: {
    kind: "rubric",
    id: "new",
    name: "",
    product: null,
    matrix: [
      ["P1", "P2", "P3"],
      ["P2", "P3", "P4"],
      ["P3", "P4", "P5"],
    ],
    targets: (["P1", "P2", "P3", "P4", "P5"] as const).map((priority, index) => ({
      priority,
      respond_minutes: 15 * 4 ** index,
      resolve_minutes: 240 * 2 ** index,
      around_the_clock: index < 2,
    })),
    hours: {
      zone: "UTC",
      days: [[office], [office], [office], [office], [office], [], []],
      holidays: [],
    },
  },
  checklist: {
    kind: "checklist",
    id: "new",
    name: "",
    product: null,
    environment: null,
    items: [],
  },
  template: {
    kind: "template",
    id: "new",
    name: "",
    purpose: "fixed",
    subject: "Fixed: {{ title }}",
    body: "{{ solution }}",
  },
  audience: {
    kind: "audience",
    id: "new",
    name: "",
    product: null,
    affected: true,
    people: [],
    teams: [],
  },
  calendar: {
    kind: "calendar",
    id: "new",
    name: "",
    purpose: "freeze",
    products: [],
    environments: [],
    rule: { start: "2027-01-01T00:00", zone: "UTC", duration_minutes: 60, exdates: [] },
  },
};
