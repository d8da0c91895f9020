//! Taking a message back, trying it again, and going on with its text: the same from the list, the
//! message, and the words that follow sending.

import { go } from "../../kit/place.svelte";
import { failed, said, succeeded } from "../../kit/toast";
import { call, openLink } from "../../rpc/client";
import type { Message } from "../../rpc/generated";
import { composeAt, mailDraft } from "../../views/messages/words";
import { again, draftName } from "./compose";

/** Its text is the draft again, and the form opens on it. */
export async function rewrite(message: Message): Promise<void> {
  if (!message.hotfix || !message.purpose) return;
  try {
    const text = JSON.stringify(again(message));
    const gives = message.notice;
    await call("draft_save", { name: draftName(message.hotfix, message.purpose, gives), text });
    go(composeAt(message.hotfix, message.purpose, gives ?? undefined));
  } catch (thrown) {
    failed(thrown);
  }
}

/** True if it had not left yet. */
export async function takeBack(key: string): Promise<boolean> {
  try {
    await call("message_cancel", { key });
    const { message } = await call("message_show", { key });
    said(`${key} is taken back`, {
      detail: "It reached nobody. Its text is kept.",
      action: { label: "Go on writing", run: () => void rewrite(message) },
    });
    return true;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
}

async function send(key: string, done: string): Promise<void> {
  try {
    await call("message_retry", { key });
    succeeded(`${key} ${done}`);
  } catch (thrown) {
    failed(thrown);
  }
}

export const tryAgain = (key: string) => send(key, "is tried again");

/** One that waits until its people may be written to. */
export const sendNow = (key: string) => send(key, "leaves now");

/** A draft with its text and its addresses, in the person's own mail program. */
export async function openDraft(text: Message["text"]): Promise<void> {
  const draft = mailDraft(text);
  try {
    if (draft) await openLink(draft);
    else
      failed({
        message: "The text is too long for a mail program to take from here.",
        hint: "Copy the text and the addresses instead.",
      });
  } catch (thrown) {
    failed(thrown);
  }
}
