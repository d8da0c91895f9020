//! The facts that a row of the inbox may show below its sentence, in an order that a person chooses.

import { relative } from "../../kit/time";
import type { IssueRow } from "../../rpc/generated";
import { stateWords } from "./words";

export type Column =
  | "key"
  | "product"
  | "component"
  | "environment"
  | "affected"
  | "state"
  | "reporter"
  | "hotfix"
  | "age"
  | "changed"
  | "owner";

export const columns: Record<Column, string> = {
  key: "Key",
  product: "Product and version",
  component: "Component",
  environment: "Environment",
  affected: "Affected",
  state: "State",
  reporter: "Reporter",
  hotfix: "Hot fix",
  age: "Age",
  changed: "Last change",
  owner: "Owner",
};

export const usual: readonly Column[] = [
  "key",
  "product",
  "component",
  "affected",
  "hotfix",
  "owner",
];

/** Names for the ids that a row carries. */
export interface RowNames {
  product: (id: string | null) => string;
  person: (id: string | null) => string;
}

/** What a row says in one column; empty if there is nothing to say. */
export function said(issue: IssueRow, column: Column, names: RowNames, now = Date.now()): string {
  switch (column) {
    case "key":
      return issue.key;
    case "product":
      return [names.product(issue.product), issue.version].filter(Boolean).join(" ");
    case "component":
      return issue.component;
    case "environment":
      return issue.environment;
    case "affected":
      return `${issue.affected} affected`;
    case "state":
      return stateWords[issue.state];
    case "reporter":
      return issue.reporter;
    case "hotfix":
      return issue.hotfix ?? "";
    case "age":
      return relative(issue.reported_at, now);
    case "changed":
      return `changed ${relative(issue.changed_at, now)}`;
    case "owner":
      return names.person(issue.owner ?? issue.team);
  }
}
