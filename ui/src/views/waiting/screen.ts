//! Home: what waits for me.

import House from "@lucide/svelte/icons/house";
import type { Module } from "../../kit/screen";
import { counts, watchCounts } from "../inbox/counts.svelte";
import WaitingScreen from "./WaitingScreen.svelte";

export default {
  screens: [
    {
      path: "/",
      title: "Waiting for me",
      // The first screen: its code comes with the window's own.
      load: () => Promise.resolve({ default: WaitingScreen }),
      nav: {
        label: "Home",
        icon: House,
        order: 0,
        keys: "g h",
        count: () => counts.now?.waiting,
      },
    },
  ],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
