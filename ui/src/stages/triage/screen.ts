//! Inbox and triage: what was reported, and the decision about it.

import Inbox from "@lucide/svelte/icons/inbox";
import type { Module } from "../../kit/screen";
import { counts, watchCounts } from "../../views/inbox/counts.svelte";

export default {
  screens: [
    {
      path: "/inbox/:key?",
      title: "Inbox",
      load: () => import("./InboxScreen.svelte"),
      nav: {
        label: "Inbox",
        icon: Inbox,
        order: 10,
        keys: "g i",
        count: () => counts.now?.untriaged,
        urgent: () => (counts.now?.at_risk ?? 0) > 0,
      },
    },
  ],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
