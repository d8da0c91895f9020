//! What is being written: the choices and the texts, kept as a draft for each hot fix and purpose.
//! A text that nobody has touched is not kept: it is the template's, filled in anew each time. Channels
//! that say the same words of the template share what was typed over them; one with its own has its own.

import type {
  Audience,
  CatalogObject,
  Message,
  MessageChannel,
  NoticeOf,
  Purpose,
  Readers,
  Recipient,
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
  /** The messenger of Settings by which it leaves; empty where the channel wants none. */
  messenger: string;
  /** What was typed over the template's words, by where it belongs. */
  typed: Partial<Record<Slot, Words>>;
}

/** Of one channel, or of all that say the template's main words. */
export type Slot = MessageChannel | "main";

/** Null where nothing was typed over it. */
export interface Words {
  subject: string | null;
  body: string | null;
}

/** Where what is typed for a channel belongs. `own`: the channels for which the template has words. */
export function slotOf(
  typed: Typed["typed"],
  channel: MessageChannel,
  own: readonly MessageChannel[],
): Slot {
  return typed[channel] || own.includes(channel) ? channel : "main";
}

/** What was typed elsewhere and does not stand here: it can be taken over. */
export function elsewhere(typed: Typed["typed"], here: Slot): { slot: Slot; words: Words }[] {
  const shown = JSON.stringify(typed[here]);
  return (Object.entries(typed) as [Slot, Words][])
    .filter(([slot, words]) => slot !== here && JSON.stringify(words) !== shown)
    .map(([slot, words]) => ({ slot, words }));
}

export function without(typed: Typed["typed"], slot: Slot): Typed["typed"] {
  const { [slot]: _, ...rest } = typed;
  return rest;
}

/** A draft as it was kept, also by a version that knew one text for all channels. */
export function readDraft(kept: Partial<Typed> & Partial<Words>): Partial<Typed> {
  const { subject = null, body = null, ...draft } = kept;
  if (draft.typed) return draft;
  return { ...draft, typed: subject === null && body === null ? {} : { main: { subject, body } } };
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

/** Those that these readers may be told, as the core chooses: what is for them alone comes first. */
export function templatesFor(
  objects: CatalogObject[],
  purpose: Purpose,
  readers: Readers,
): Template[] {
  const all = objects
    .filter((o): o is CatalogObject & { kind: "template" } & Template => o.kind === "template")
    .filter((o) => o.purpose === purpose);
  return [...all.filter((o) => o.readers === readers), ...all.filter((o) => o.readers === null)];
}

/** Whose words an audience reads; without one it is the affected people. */
export function readersOf(objects: CatalogObject[], audience: string): Readers {
  const known = objects.find((o) => o.kind === "audience" && o.id === audience);
  if (known?.kind !== "audience") return "public";
  return known.readers ?? (known.affected ? "public" : "internal");
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
    messenger: message.messenger ?? "",
    typed: {
      [message.channel ?? "clipboard"]: {
        subject: message.text.subject,
        body: message.text.body,
      },
    },
  };
}

/** What the button that sends says: the number stands there before it is pressed. */
export function sendWords(count: number, dryRun: boolean): string {
  const who =
    count === 0 ? "nobody" : count === 1 ? "1 person" : `${count.toLocaleString()} people`;
  return dryRun ? `Tell ${who} (dry run)` : `Tell ${who}`;
}

/** "Ann Lee, Bo Marsh and 3 more". */
export function someOf(people: readonly Recipient[]): string {
  const names = people.map((one) => one.contact.name || one.contact.reach || "without a name");
  const FEW = 2;
  const rest = names.length - FEW;
  return rest > 1 ? `${names.slice(0, FEW).join(", ")} and ${rest} more` : names.join(", ");
}
