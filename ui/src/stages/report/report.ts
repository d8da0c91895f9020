//! A report as it is typed, and the request it becomes. Absent: sending, and the form's state.

import { ApiError, asApiError } from "../../rpc/client";
import type { AddPerson, Attachment, Channel, LogIssue } from "../../rpc/generated";

/** One flat record, because a form names its fields so. */
export interface Typed {
  title: string;
  product: string;
  version: string;
  environment: string;
  component: string;
  description: string;
  steps: string;
  expected: string;
  actual: string;
  name: string;
  reach: string;
  channel: Channel;
  affected: number | null;
  workaround: string;
  tell_caller: string;
  attachments: Attachment[];
  path: string;
}

export const empty: Typed = {
  title: "",
  product: "",
  version: "",
  environment: "",
  component: "",
  description: "",
  steps: "",
  expected: "",
  actual: "",
  name: "",
  reach: "",
  channel: "phone",
  affected: 1,
  workaround: "",
  tell_caller: "",
  attachments: [],
  path: "",
};

export function toLog(v: Typed): LogIssue {
  return {
    text: {
      title: v.title,
      description: v.description,
      steps: v.steps,
      expected: v.expected,
      actual: v.actual,
      workaround: v.workaround,
      tell_caller: v.tell_caller,
      reporter: { name: v.name, reach: v.reach },
    },
    channel: v.channel,
    product: v.product || null,
    component: v.component,
    version: v.version,
    environment: v.environment,
    affected: v.affected,
    attachments: v.attachments,
    origin: null,
  };
}

export function toPerson(v: Typed, key: string): AddPerson {
  return {
    key,
    contact: { name: v.name, reach: v.reach },
    channel: v.channel,
    affected: v.affected ?? 1,
    said: v.description.trim() || v.title,
  };
}

/** The core names a field by its place in the request ("text.title", "contact.name"); the form by its
 *  own name. */
export function atField(thrown: unknown): ApiError {
  const e = asApiError(thrown);
  const where = e.where?.replace(/^(text\.reporter|text|contact)\./, "");
  return new ApiError(e.kind, e.message, e.hint, where);
}

/** What was kept of an earlier report; nothing if it cannot be read any more. */
export function readDraft(text: string): Partial<Typed> | undefined {
  if (text === "") return undefined;
  try {
    const kept: unknown = JSON.parse(text);
    if (typeof kept !== "object" || kept === null) return undefined;
    const known = Object.entries(kept).filter(([name]) => name in empty);
    return Object.fromEntries(known) as Partial<Typed>;
  } catch {
    return undefined;
  }
}
