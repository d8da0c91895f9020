//! Monitoring: what is watched after a fix, until nobody thinks of it any more.

import Eye from "@lucide/svelte/icons/eye";
import type { Module } from "../../kit/screen";
import { counts, watchCounts } from "../../views/inbox/counts.svelte";

export default {
  screens: [
    {
      path: "/monitoring",
      title: "Monitoring",
      load: () => import("./MonitoringScreen.svelte"),
      nav: {
        label: "Monitoring",
        icon: Eye,
        order: 60,
        keys: "g o",
        count: () => counts.now?.monitoring,
      },
    },
    { path: "/monitoring/:key", title: "Watch", load: () => import("./WatchScreen.svelte") },
  ],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
