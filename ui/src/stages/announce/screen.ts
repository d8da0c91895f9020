//! Messages: what was told to whom, who waits for a call, and telling people.

import MessageSquare from "@lucide/svelte/icons/message-square";
import { go } from "../../kit/place.svelte";
import type { Module } from "../../kit/screen";
import { counts, watchCounts } from "../../views/inbox/counts.svelte";
import { composeAt } from "../../views/messages/words";

export default {
  screens: [
    {
      path: "/messages/:key?",
      title: "Messages",
      load: () => import("./MessagesScreen.svelte"),
      nav: {
        label: "Messages",
        icon: MessageSquare,
        order: 50,
        keys: "g m",
        count: () => counts.now?.messages,
      },
    },
    { path: "/messages/calls", title: "To call back", load: () => import("./CallsScreen.svelte") },
    { path: "/messages/new", title: "Tell people", load: () => import("./ComposeScreen.svelte") },
  ],
  commands: [{ id: "tell", label: "Tell people…", run: () => go(composeAt(null)) }],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
