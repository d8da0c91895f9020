//! What is being written: the choices and the text, kept as a draft for each hot fix and purpose.
//! A text that nobody has touched is not kept: it is the template's, filled in anew each time.

import type {
  Audience,
  CatalogObject,
  Message,
  MessageChannel,
  NoticeOf,
  Purpose,
  Template,
} from "../../rpc/generated";

/** The choice of an audience that is not in the catalog: who is affected, from the reports. */
export const AFFECTED = "-";

export interface Typed {
  /** An audience of the catalog, AFFECTED, or empty: whom one usually tells at this point. */
  audience: string;
  /** A template of the catalog; empty means the first for the purpose. */
  template: string;
  channel: MessageChannel;
  /** What was typed over the template's text; null while nothing was. */
  subject: string | null;
  body: string | null;
}

export function draftName(hotfix: string, purpose: Purpose, gives?: NoticeOf | null): string {
  const notice = gives && `/${gives.deployment}/${gives.notice.audience}/${gives.notice.occasion}`;
  return `${hotfix}/message/${purpose}${notice ?? ""}`;
}

/** Audiences that a hot fix of this product may be told to. */
export function audiencesFor(objects: CatalogObject[], product: string | undefined): Audience[] {
  return objects
    .filter((o): o is CatalogObject & { kind: "audience" } & Audience => o.kind === "audience")
    .filter((o) => o.product === null || o.product === product);
}

export function templatesFor(objects: CatalogObject[], purpose: Purpose): Template[] {
  return objects
    .filter((o): o is CatalogObject & { kind: "template" } & Template => o.kind === "template")
    .filter((o) => o.purpose === purpose);
}

/** Before it ships the stakeholders are told; afterwards, and about a known issue, who complained. */
export function usualAudience(audiences: Audience[], purpose: Purpose): string {
  if (purpose !== "scheduled" && purpose !== "in_progress") return "";
  const inside = audiences.filter((a) => !a.affected);
  return (inside.find((a) => a.product !== null) ?? inside[0])?.id ?? "";
}

/** What was sent (or taken back) as something to go on writing. */
export function again(message: Message): Typed {
  return {
    audience: message.audience ?? AFFECTED,
    template: "",
    channel: message.channel ?? "clipboard",
    subject: message.text.subject,
    body: message.text.body,
  };
}

/** What the button that sends says: the number stands there before it is pressed. */
export function sendWords(count: number, dryRun: boolean): string {
  const who =
    count === 0 ? "nobody" : count === 1 ? "1 person" : `${count.toLocaleString()} people`;
  return dryRun ? `Tell ${who} (dry run)` : `Tell ${who}`;
}
