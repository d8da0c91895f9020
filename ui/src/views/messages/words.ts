//! How messages are spoken of: where one stands on its way, by which channel it leaves, who gets it
//! and why, and the address at which the next one is written. Absent: any request.

import Ban from "@lucide/svelte/icons/ban";
import BellRing from "@lucide/svelte/icons/bell-ring";
import Check from "@lucide/svelte/icons/check";
import ClipboardCopy from "@lucide/svelte/icons/clipboard-copy";
import Clock from "@lucide/svelte/icons/clock";
import Hash from "@lucide/svelte/icons/hash";
import Mail from "@lucide/svelte/icons/mail";
import MoonStar from "@lucide/svelte/icons/moon-star";
import MessagesSquare from "@lucide/svelte/icons/messages-square";
import PenLine from "@lucide/svelte/icons/pen-line";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Send from "@lucide/svelte/icons/send";
import Users from "@lucide/svelte/icons/users";
import Webhook from "@lucide/svelte/icons/webhook";
import X from "@lucide/svelte/icons/x";
import type { Icon, Tone } from "../../kit/icon";
import { millis } from "../../kit/time";
import type {
  CatalogObject,
  Message,
  MessageChannel,
  MessageState,
  NoticeOf,
  Occasion,
  Phase,
  Purpose,
  Recipient,
} from "../../rpc/generated";

/** A queued message waits its ten seconds, or until its people may be written to; is leaving; or was refused
 * and will be tried again. */
export type Stage = "waiting" | "held" | "leaving" | "retrying" | Exclude<MessageState, "queued">;

export interface Meaning {
  word: string;
  tone: Tone;
  icon: Icon;
}

/** Longer than any message waits to be taken back. */
const GRACE = 15_000;

export const stages: Record<Stage, Meaning> = {
  waiting: { word: "Waiting", tone: "wait", icon: Clock },
  held: { word: "Quiet hours", tone: "plain", icon: MoonStar },
  leaving: { word: "Leaving", tone: "wait", icon: Send },
  retrying: { word: "Trying again", tone: "wait", icon: RotateCw },
  sent: { word: "Sent", tone: "ok", icon: Check },
  failed: { word: "Failed", tone: "bad", icon: X },
  cancelled: { word: "Taken back", tone: "plain", icon: Ban },
};

/** `next` is when a refused message is tried again, if an attempt has said so. */
export function stageOf(
  message: { state: MessageState; send_at: string | null },
  now: number,
  next: string | null = null,
): Stage {
  if (message.state !== "queued") return message.state;
  const left = message.send_at ? millis(message.send_at) - now : 0;
  if (left > GRACE) return "held";
  if (left > 0) return "waiting";
  return next ? "retrying" : "leaving";
}

export interface ChannelWords {
  label: string;
  about: string;
  icon: Icon;
  /** Once it is sent: "Sent; 3 people count as told", and what that means. */
  sent: string;
  means: string;
  /** It leaves by a messenger of Settings: attempts may end unclearly, and are made again. */
  outward?: true;
}

const chat = (label: string, icon: Icon): ChannelWords => ({
  label,
  about: `One post in the ${label} channel of a messenger. Who reads there has read it.`,
  icon,
  sent: "Posted",
  means: `It stands in the ${label} channel; no names and no addresses went there.`,
  outward: true,
});

export const channels: Record<MessageChannel, ChannelWords> = {
  clipboard: {
    label: "Text to copy",
    about: "The text stands ready here, and a person pastes it into their own mail or chat.",
    icon: ClipboardCopy,
    sent: "Ready to paste",
    means: "Copy the text and the addresses into your own mail or chat.",
  },
  mail_draft: {
    label: "Mail draft",
    about: "Opens in your own mail program, with the text and the addresses; you send it there.",
    icon: PenLine,
    sent: "Drafted in your mail program",
    means: "It is sent from there. If the draft is gone, open it again below.",
  },
  desktop: {
    label: "Desktop notification",
    about: "Shown on this computer, for whoever sits here. It reaches nobody else.",
    icon: BellRing,
    sent: "Sent",
    means: "The notification was shown on the desktop that sent it.",
  },
  mail: {
    label: "Mail",
    about: "A mail of their own for each, through the mail server; nobody sees the others.",
    icon: Mail,
    sent: "Sent",
    means: "The mail server has taken a mail for each of them.",
    outward: true,
  },
  slack: chat("Slack", Hash),
  teams: chat("Teams", Users),
  mattermost: chat("Mattermost", MessagesSquare),
  discord: chat("Discord", MessagesSquare),
  webhook: {
    label: "Webhook",
    about: "One signed call to a program of your own (Standard Webhooks), without any address.",
    icon: Webhook,
    sent: "Called",
    means: "The webhook has taken it; no names and no addresses went there.",
    outward: true,
  },
};

/** By what a message may leave here: what needs no messenger, and each messenger of Settings. */
export interface Way {
  /** "clipboard", or "mail:support". */
  value: string;
  channel: MessageChannel;
  messenger: string | null;
  label: string;
  /** Its channel, where the label is a name. */
  hint?: string;
  icon: Icon;
}

export function waysOf(objects: readonly CatalogObject[]): Way[] {
  const own = (Object.keys(channels) as MessageChannel[])
    .filter((channel) => !channels[channel].outward)
    .map((channel) => {
      const { label, icon } = channels[channel];
      return { value: channel, channel, messenger: null, label, icon };
    });
  const messengers = objects.flatMap((object) => {
    if (object.kind !== "messenger") return [];
    const { label: hint, icon } = channels[object.system];
    const value = wayValue(object.system, object.id);
    return {
      value,
      channel: object.system,
      messenger: object.id,
      label: object.name,
      hint,
      icon,
    };
  });
  return [...own, ...messengers];
}

export const wayValue = (channel: MessageChannel, messenger: string | null) =>
  messenger ? `${channel}:${messenger}` : channel;

export const states: { value: MessageState; label: string }[] = [
  { value: "queued", label: "Queued" },
  { value: "failed", label: "Failed" },
  { value: "sent", label: "Sent" },
  { value: "cancelled", label: "Taken back" },
];

/** What each purpose is for, in half a sentence. */
export const purposeHints: Record<Purpose, string> = {
  known_issue: "We know, and what to do meanwhile",
  scheduled: "When the fix comes, before it starts",
  in_progress: "The deployment has begun",
  fixed: "It is over, and what to do now",
  delayed: "It takes longer than we said",
  rolled_back: "The fix was taken back",
  closed: "It stayed quiet; we consider it over",
  feedback: "How did it go? Asks the people told",
  deployed: "It runs there now",
  called_off: "It does not come for now",
  question: "What a reporter is asked before anything is decided",
  reminder: "A deadline is near, or has passed",
};

/** What is usually said to people while a hot fix is in this phase. */
export const usual: Record<Phase, Purpose> = {
  development: "known_issue",
  rollout: "scheduled",
  monitoring: "fixed",
  closed: "closed",
  cancelled: "delayed",
};

/** Where a message is written: `composeAt("HF-3", "fixed")`, or one that gives a notice of a deployment. */
export function composeAt(hotfix: string | null, purpose?: Purpose, gives?: NoticeOf): string {
  const asked = new URLSearchParams();
  if (hotfix) asked.set("hotfix", hotfix);
  if (purpose) asked.set("purpose", purpose);
  if (gives) {
    asked.set("deployment", gives.deployment);
    asked.set("audience", gives.notice.audience);
    asked.set("occasion", gives.notice.occasion);
    asked.set("minutes", `${gives.notice.minutes}`);
    asked.set("starts", gives.notice.starts_at);
  }
  const query = asked.toString();
  return query ? `/messages/new?${query}` : "/messages/new";
}

const OCCASIONS: readonly string[] = ["before", "start", "end", "delay", "cancel"];

/** The notice that an address asks for, as `composeAt` wrote it. */
export function givenAt(query: URLSearchParams): NoticeOf | null {
  const [deployment, audience, occasion, starts_at] = [
    query.get("deployment"),
    query.get("audience"),
    query.get("occasion"),
    query.get("starts"),
  ];
  if (!deployment || !audience || !starts_at || !OCCASIONS.includes(occasion ?? "")) return null;
  const minutes = Number(query.get("minutes")) || 0;
  return { deployment, notice: { audience, occasion: occasion as Occasion, minutes, starts_at } };
}

/** The longest address that every mail program takes. */
const LONGEST_MAIL = 30_000;

/** A message as a draft in somebody's own mail program, the addresses kept from one another; null where it is too
 * long for an address. */
export function mailDraft(text: Message["text"]): string | null {
  const asked = [
    ["bcc", addresses(text.recipients).replaceAll(" ", "")],
    ["subject", text.subject],
    ["body", text.body.replace(/\r?\n/g, "\r\n")],
  ];
  const query = asked
    .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`)
    .join("&");
  return query.length <= LONGEST_MAIL ? `mailto:?${query}` : null;
}

/** How many are written to, how many are to be called, and how many have no address at all. */
export function counted(recipients: Recipient[]) {
  const calls = recipients.filter((one) => one.call_back).length;
  const mails = recipients.filter((one) => one.contact.reach.includes("@")).length;
  return { all: recipients.length, calls, mails, others: recipients.length - calls - mails };
}

/** All mail addresses, as the "To" line of a mail program takes them. */
export function addresses(recipients: Recipient[]): string {
  return recipients
    .map((one) => one.contact.reach.trim())
    .filter((reach) => reach.includes("@"))
    .join(", ");
}
