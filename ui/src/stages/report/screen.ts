//! Quick report, as a dialog over every screen and as a window of its own; and issues out of a file.

import AppWindow from "@lucide/svelte/icons/app-window";
import FileInput from "@lucide/svelte/icons/file-input";
import PhoneIncoming from "@lucide/svelte/icons/phone-incoming";
import { mount } from "svelte";
import { go } from "../../kit/place.svelte";
import type { Module } from "../../kit/screen";
import { failed } from "../../kit/toast";
import { inDesktop, openQuickReport } from "../../rpc/client";
import { quick } from "../../views/inbox/quick.svelte";
import { session } from "../../views/session.svelte";

let shown = false;

export default {
  screens: [
    { path: "/quick", title: "Log issue", load: () => import("./QuickScreen.svelte"), alone: true },
    { path: "/import", title: "Import issues", load: () => import("./ImportScreen.svelte") },
  ],
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
    {
      id: "log-issue-window",
      label: "Log an issue in its own window",
      icon: AppWindow,
      words: "report call new quick small",
      when: () => session.status === "open" && inDesktop(),
      run: () => void openQuickReport().catch(failed),
    },
    {
      id: "import-issues",
      label: "Import issues from a file",
      icon: FileInput,
      words: "csv json github gitlab jira zendesk export upload",
      when: () => session.status === "open",
      run: () => go("/import"),
    },
  ],
  start: async () => {
    // Once for the window: every screen may open it, so no screen owns it.
    if (shown) return;
    shown = true;
    const { default: QuickDialog } = await import("./QuickDialog.svelte");
    mount(QuickDialog, { target: document.body });
  },
} satisfies Module;
