import Flame from "@lucide/svelte/icons/flame";
import type { Module } from "../../kit/screen";
import { counts, watchCounts } from "../inbox/counts.svelte";

export default {
  screens: [
    {
      path: "/fixes",
      title: "Hot fixes",
      load: () => import("./BoardScreen.svelte"),
      nav: {
        label: "Hot fixes",
        icon: Flame,
        order: 20,
        keys: "g f",
        count: () => counts.now?.hotfixes,
      },
    },
  ],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
