// How a checklist is laid out and summed up.

import type {
  Check,
  CheckKind,
  Deployment,
  SignOffSource,
  SuggestedCheck,
} from "../../rpc/generated";
import { waitsForFile } from "../../views/checklist/how";
import { checkKinds } from "../../views/hotfix/words";

/** The kinds that are there, each with its checks, in the order of the words. */
export function groups(checks: Check[]): { kind: CheckKind; checks: Check[] }[] {
  return (Object.keys(checkKinds) as CheckKind[])
    .map((kind) => ({ kind, checks: checks.filter((check) => check.item.kind === kind) }))
    .filter((group) => group.checks.length > 0);
}

/** "12 of 60 answered · 1 failed": what counts are answers about the bytes that are there now. */
export function summary(deployment: Pick<Deployment, "checks" | "hash">): string {
  const answers = deployment.checks.filter(
    (check) => check.result !== null && check.hash === deployment.hash,
  );
  const count = (result: Check["result"]) => answers.filter((one) => one.result === result).length;
  const said = (["failed", "blocked", "waived"] as const)
    .map((result) => ({ result, many: count(result) }))
    .filter((each) => each.many > 0)
    .map((each) => `${each.many} ${each.result}`);
  return [`${answers.length} of ${deployment.checks.length} answered`, ...said].join(" · ");
}

/** The program answers it when it is asked to. */
export const automatic = (check: Pick<Check, "item">) => check.item.how.by !== "manual";

/** What "Run all automatic" runs: those without an answer about the bytes that are there now. */
export function toRun(deployment: Pick<Deployment, "checks" | "hash">): Check[] {
  return deployment.checks.filter(
    (check) =>
      automatic(check) &&
      !waitsForFile(check.item.how) &&
      (check.result === null || check.hash !== deployment.hash),
  );
}

/** "cart/total.py, also in HF-7, where it failed · not good 3 times": why it is offered. */
export const reason = (one: Pick<SuggestedCheck, "why" | "times">) =>
  one.times > 1 ? `${one.why} · not good ${one.times} times` : one.why;

/** How an answer of somebody reached us. */
export const sources: Record<SignOffSource, string> = {
  app: "Here",
  mail: "Mail",
  call: "Call",
  chat: "Chat",
  in_person: "In person",
};

/** "by mail", for a sentence. */
export const sourceWords: Record<SignOffSource, string> = {
  app: "here",
  mail: "by mail",
  call: "on the telephone",
  chat: "in a chat",
  in_person: "in person",
};

/** The same check, whoever wrote it. */
export const sameText = (text: string) => text.trim().toLowerCase();
