//! What each system calls the fields of a messenger.

import type { Messenger, MessengerSystem } from "../../rpc/generated";

export interface MessengerWords {
  label: string;
  /** What the secret is, and where one gets it. */
  secret: string;
  hint: string;
}

const chat = (label: string, hint: string): MessengerWords => ({
  label,
  secret: "Channel’s address",
  hint,
});

export const messengers: Record<MessengerSystem, MessengerWords> = {
  mail: { label: "Mail", secret: "Password", hint: "" },
  slack: chat(
    "Slack channel",
    "In Slack: an app with Incoming Webhooks, added to the channel: https://hooks.slack.com/services/…",
  ),
  teams: chat(
    "Teams channel",
    "In Teams: the channel’s Workflows, “Send webhook alerts to a channel”; copy its address.",
  ),
  mattermost: chat(
    "Mattermost channel",
    "In Mattermost: Integrations, Incoming Webhooks: https://…/hooks/…",
  ),
  discord: chat(
    "Discord channel",
    "In Discord: the channel’s Integrations, Webhooks: https://discord.com/api/webhooks/…",
  ),
  webhook: {
    label: "Webhook",
    secret: "Signing secret",
    hint: "As Standard Webhooks has it: whsec_ and base64. The receiver checks with the same one.",
  },
};

/** Whoever has such an address may write there: it is the secret. */
export const isChat = (system: MessengerSystem) => system !== "mail" && system !== "webhook";

export function wantsSecret(messenger: Messenger): boolean {
  if (messenger.system === "mail") return messenger.user.trim() !== "";
  return messenger.system === "webhook" ? messenger.signed : true;
}
