//! Quick report: as a dialog over every screen, and as a window of its own.

import PhoneIncoming from "@lucide/svelte/icons/phone-incoming";
import { mount } from "svelte";
import type { Module } from "../../kit/screen";
import { quick } from "../../views/inbox/quick.svelte";
import { session } from "../../views/session.svelte";
import QuickDialog from "./QuickDialog.svelte";
import QuickScreen from "./QuickScreen.svelte";

let shown = false;

export default {
  screens: [{ path: "/quick", title: "Log issue", component: QuickScreen, alone: true }],
  commands: [
    {
      id: "log-issue",
      label: "Log issue",
      icon: PhoneIncoming,
      keys: "c",
      words: "report call new quick",
      when: () => session.status === "open",
      run: () => (quick.open = true),
    },
  ],
  start: () => {
    // Once for the window: every screen may open it, so no screen owns it.
    if (!shown) mount(QuickDialog, { target: document.body });
    shown = true;
    return Promise.resolve();
  },
} satisfies Module;
