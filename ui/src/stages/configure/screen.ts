//! Settings: at the foot of the navigation.

import SettingsIcon from "@lucide/svelte/icons/settings";
import type { Module } from "../../kit/screen";
import Settings from "./Settings.svelte";

export default {
  screens: [
    {
      path: "/settings",
      title: "Settings",
      component: Settings,
      nav: { label: "Settings", icon: SettingsIcon, order: 90, place: "bottom", keys: "g ," },
    },
  ],
} satisfies Module;
