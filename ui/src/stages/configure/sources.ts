//! What each system calls the fields of a source, and how what came of it is said.

import type { Became, LabelField, SourceRun, SourceSystem } from "../../rpc/generated";

export interface SystemWords {
  label: string;
  address: string;
  /** What the query names there. */
  query: string;
  queryHint: string;
  example: string;
  /** Whether it wants a secret, as a rule, and what that is called. */
  secret: { usual: boolean; label: string };
  /** Somebody logs in. */
  user: boolean;
  /** It tells of happenings that can be grouped. */
  groups: boolean;
  /** Its events become calendar entries, and no issues. */
  calendar?: boolean;
}

export const systems: Record<SourceSystem, SystemWords> = {
  alertmanager: {
    label: "Alertmanager",
    address: "https://alerts.example.com",
    query: "Matchers",
    queryHint: "Only alerts that match; empty for all of them.",
    example: 'severity="critical", team=~"shop.*"',
    secret: { usual: false, label: "Token or password" },
    user: true,
    groups: true,
  },
  imap: {
    label: "Mailbox (IMAP)",
    address: "imaps://mail.example.com",
    query: "Folder",
    queryHint: "INBOX if empty. It is only read: nothing is marked as seen.",
    example: "INBOX",
    secret: { usual: true, label: "Password" },
    user: true,
    groups: false,
  },
  github: {
    label: "GitHub issues",
    address: "https://api.github.com",
    query: "Repository",
    queryHint: "With labels=bug,production after it, only issues that carry them all.",
    example: "acme/shop",
    secret: { usual: true, label: "Token" },
    user: false,
    groups: false,
  },
  gitlab: {
    label: "GitLab issues",
    address: "https://gitlab.com",
    query: "Project",
    queryHint: "With its groups; labels=bug,production after it leaves out everything else.",
    example: "acme/web/shop",
    secret: { usual: true, label: "Token" },
    user: false,
    groups: false,
  },
  sentry: {
    label: "Sentry issues",
    address: "https://sentry.io",
    query: "Project",
    queryHint: "Organization and project; a search of Sentry's may follow.",
    example: "acme/shop is:unresolved",
    secret: { usual: true, label: "Token" },
    user: false,
    groups: false,
  },
  prometheus: {
    label: "Prometheus query",
    address: "https://prometheus.example.com",
    query: "Query",
    queryHint: "It selects what is wrong: an answer that is not empty is a finding.",
    example: "up == 0",
    secret: { usual: false, label: "Token or password" },
    user: true,
    groups: true,
  },
  ics: {
    label: "Calendar (.ics)",
    address: "https://calendar.example.com/freezes.ics or /home/me/freezes.ics",
    query: "Question",
    queryHint:
      "What stands after a question mark in its address, if anything. Where a part of the address is itself secret, write {secret} there, and enter that part as the secret.",
    example: "export",
    secret: { usual: false, label: "Token or password" },
    user: true,
    groups: false,
    calendar: true,
  },
};

/** Whether a calendar's address is the path of a file, as the core tells them apart. */
export function isFile(address: string): boolean {
  const typed = address.trim();
  return /^(\/|~\/|[a-z]:[\\/](?!\/)|file:\/\/\/)/i.test(typed);
}

export const fields: Record<LabelField, string> = {
  product: "Product",
  component: "Component",
  version: "Version",
  environment: "Environment",
};

export const became: Record<Became, string> = {
  issue: "New issue",
  comment: "Answer on a known issue",
  count: "Counted on a known issue",
  note: "Noted on a known issue",
  known: "Known already",
  nothing: "Left where it is",
};

/** "3 new issues, 12 known already". */
export function runWords(ran: SourceRun): string {
  const parts = [
    [ran.logged, ran.logged === 1 ? "new issue" : "new issues"],
    [ran.counted, "counted again"],
    [ran.answered, ran.answered === 1 ? "answer" : "answers"],
    [ran.noted, ran.noted === 1 ? "note" : "notes"],
    [ran.added, ran.added === 1 ? "new entry" : "new entries"],
    [ran.changed, "changed"],
    [ran.retired, "gone"],
    [ran.known, "with nothing new"],
    [ran.skipped, "not understood"],
  ] as const;
  const said = parts.filter(([n]) => n > 0).map(([n, word]) => `${n.toLocaleString()} ${word}`);
  return said.length > 0 ? said.join(", ") : "Nothing there";
}
