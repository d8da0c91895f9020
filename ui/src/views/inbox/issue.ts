//! An issue as the core answers it. Its comments and its triage are records of their own, which share
//! their names with the requests `Comment` and `Triage`; here they have their own types.

import type { Contact, Issue, IssueView, Level, Priority, Scale } from "../../rpc/generated";

export interface Remark {
  by: string;
  at: string;
  internal: boolean;
  text: string;
  mentions: string[];
  /** Hashes among the issue's attachments. */
  attachments: string[];
  /** Whoever wrote from outside. */
  from?: Contact | null;
  quoted?: string;
}

export interface Judgement {
  impact_system: Level;
  impact_users: Level;
  impact_business: Level;
  urgency: Level;
  unsure: Scale[];
  note: string;
  priority: Priority;
  respond_by: string | null;
  resolve_by: string | null;
}

export type IssueRecord = Omit<Issue, "comments" | "triage"> & {
  comments: Remark[];
  triage: Judgement | null;
};

export function recordOf(view: IssueView): IssueRecord {
  return view.issue as unknown as IssueRecord;
}
