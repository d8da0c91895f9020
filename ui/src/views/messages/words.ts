//! How messages are spoken of: where one stands on its way, by which channel it leaves, who gets it
//! and why, and the address at which the next one is written. Absent: any request.

import Ban from "@lucide/svelte/icons/ban";
import BellRing from "@lucide/svelte/icons/bell-ring";
import Check from "@lucide/svelte/icons/check";
import ClipboardCopy from "@lucide/svelte/icons/clipboard-copy";
import Clock from "@lucide/svelte/icons/clock";
import RotateCw from "@lucide/svelte/icons/rotate-cw";
import Send from "@lucide/svelte/icons/send";
import X from "@lucide/svelte/icons/x";
import type { Icon, Tone } from "../../kit/icon";
import { millis } from "../../kit/time";
import type { MessageChannel, MessageState, Phase, Purpose, Recipient } from "../../rpc/generated";

/** A queued message waits its ten seconds, is leaving, or was refused and will be tried again. */
export type Stage = "waiting" | "leaving" | "retrying" | Exclude<MessageState, "queued">;

export interface Meaning {
  word: string;
  tone: Tone;
  icon: Icon;
}

export const stages: Record<Stage, Meaning> = {
  waiting: { word: "Waiting", tone: "wait", icon: Clock },
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
  if (message.send_at && millis(message.send_at) > now) return "waiting";
  return next ? "retrying" : "leaving";
}

export const channels: Record<MessageChannel, { label: string; about: string; icon: Icon }> = {
  clipboard: {
    label: "Text to copy",
    about: "The text stands ready here, and a person pastes it into their own mail or chat.",
    icon: ClipboardCopy,
  },
  desktop: {
    label: "Desktop notification",
    about: "Shown on this computer, for whoever sits here. It reaches nobody else.",
    icon: BellRing,
  },
};

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

/** Where a message is written: `composeAt("HF-3", "fixed")`. */
export function composeAt(hotfix: string | null, purpose?: Purpose): string {
  const asked = new URLSearchParams();
  if (hotfix) asked.set("hotfix", hotfix);
  if (purpose) asked.set("purpose", purpose);
  const query = asked.toString();
  return query ? `/messages/new?${query}` : "/messages/new";
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
