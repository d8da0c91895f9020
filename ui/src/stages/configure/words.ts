//! Words for what the catalog spells in snake_case. A word that the core adds is missed here by the
//! compiler.

import type {
  CheckKind,
  KeptIn,
  Level,
  MessageChannel,
  Priority,
  Purpose,
  Role,
} from "../../rpc/generated";
import { channels } from "../../views/messages/words";

/** Names for keys; a key that is unknown is its own name. */
export interface Names {
  product(id: string): string;
  environment(id: string): string;
}

/** Where a secret is, if this machine has it. */
export const places: Record<KeptIn, string> = {
  session: "Until the program ends",
  credentials: "From the agent's credentials",
  keychain: "In the keychain",
};

export const roles: Record<Role, string> = {
  owner: "Owner",
  release_manager: "Release manager",
  developer: "Developer",
  approver: "Approver",
  support: "Support",
  stakeholder: "Stakeholder",
};

export const purposes: Record<Purpose, string> = {
  known_issue: "Known issue",
  scheduled: "Scheduled",
  in_progress: "In progress",
  fixed: "Fixed",
  delayed: "Delayed",
  rolled_back: "Rolled back",
  deployed: "Deployed",
  called_off: "Called off",
  closed: "Closed",
  feedback: "Feedback",
  question: "Question to the reporter",
  reminder: "Reminder",
};

export const checkKinds: Record<CheckKind, string> = {
  procedure: "Before the start",
  functional: "Functional",
  regression: "Regression",
  acceptance: "Acceptance",
};

export const risks: Record<Level, string> = { low: "Low", medium: "Medium", high: "High" };

export const priorities: Priority[] = ["P1", "P2", "P3", "P4", "P5"];

/** "Production", "Shop · Production", "Everywhere". */
export function place(
  scope: { product: string | null; environment: string | null },
  names: Names,
): string {
  const parts = [
    scope.product && names.product(scope.product),
    scope.environment && names.environment(scope.environment),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(" · ") : "Everywhere";
}

export function options<K extends string>(words: Record<K, string>): { value: K; label: string }[] {
  return (Object.keys(words) as K[]).map((value) => ({ value, label: words[value] }));
}

/** A field of a template as a person finds it: "texts.desktop.text" → "Desktop notification, text". */
export function whereOf(field: string): string {
  const [root, channel, part] = field.split(".");
  const words: Record<string, string> = { subject: "subject", body: "text", text: "text" };
  const of = channel && channel in channels ? channels[channel as MessageChannel].label : undefined;
  const word = words[part ?? root ?? ""] ?? field;
  return of ? `${of}, ${word}` : word.charAt(0).toUpperCase() + word.slice(1);
}
