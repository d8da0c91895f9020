//! What audiences are told of a deployment, in words, and where a notice is written. Absent: when one is
//! due; the core says that.

import type { Tone } from "../../kit/icon";
import { writeMinutes } from "../../kit/duration";
import type {
  Deployment,
  Notice,
  NoticeStand,
  NoticeState,
  Occasion,
  Telling,
} from "../../rpc/generated";
import { composeAt } from "../messages/words";

/** The occasions besides the time before the start. */
export const occasions: { value: Exclude<Occasion, "before">; label: string; hint: string }[] = [
  { value: "start", label: "At the start", hint: "When it begins to deploy." },
  { value: "end", label: "At the end", hint: "When it is done, has failed or was rolled back." },
  { value: "delay", label: "When it is delayed", hint: "If they had heard of the earlier time." },
  { value: "cancel", label: "When it is called off", hint: "If they had heard of it." },
];

export const noTelling: Telling = {
  before_minutes: [],
  start: false,
  end: false,
  delay: false,
  cancel: false,
};

/** "1 d and 1 h before, at the start, at the end"; empty where nothing is told. */
export function tellingWords(tell: Telling): string {
  const leads = tell.before_minutes.map((minutes) => writeMinutes(minutes));
  const before = leads.length > 0 ? `${leads.join(" and ")} before` : "";
  const others = occasions.filter((one) => tell[one.value]).map((one) => one.label.toLowerCase());
  return [before, ...others].filter(Boolean).join(", ");
}

/** "1 h before it starts". */
export function noticeWords({ occasion, minutes }: Notice): string {
  const words: Record<Exclude<Occasion, "before">, string> = {
    start: "that it has started",
    end: "how it ended",
    delay: "that the time has changed",
    cancel: "that it was called off",
  };
  return occasion === "before" ? `${writeMinutes(minutes)} before it starts` : words[occasion];
}

export const noticeStates: Record<NoticeState, { word: string; tone: Tone }> = {
  coming: { word: "Coming", tone: "plain" },
  due: { word: "Due", tone: "wait" },
  told: { word: "Told", tone: "ok" },
  skipped: { word: "Left out", tone: "plain" },
  passed: { word: "Passed", tone: "plain" },
};

/** Where the message is written that gives this notice. */
export function tellAt(deployment: Deployment, { notice, purpose }: NoticeStand): string {
  return composeAt(deployment.hotfix, purpose, { deployment: deployment.key, notice });
}
