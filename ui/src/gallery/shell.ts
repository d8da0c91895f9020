// The real shell over made-up screens and a made-up core: a look at the whole window without Tauri.
// `?theme=dark` chooses the theme; `#/inbox` and the others the screen.
import { mount } from "svelte";
import Activity from "@lucide/svelte/icons/activity";
import CalendarDays from "@lucide/svelte/icons/calendar-days";
import Flame from "@lucide/svelte/icons/flame";
import House from "@lucide/svelte/icons/house";
import InboxIcon from "@lucide/svelte/icons/inbox";
import MessageSquare from "@lucide/svelte/icons/message-square";
import Rocket from "@lucide/svelte/icons/rocket";
import Settings from "@lucide/svelte/icons/settings";
import "../kit/base.css";
import App from "../app/App.svelte";
import { Routes } from "../app/routes.svelte";
import { useTransport } from "../rpc/client";
import Empty from "./Empty.svelte";
import Fix from "./Fix.svelte";
import Inbox from "./Inbox.svelte";

const theme = new URLSearchParams(location.search).get("theme");
if (theme) document.documentElement.dataset.theme = theme;
useTransport({
  invoke: async (command, args) => {
    if (command === "workspace_status") {
      return { open: { name: "Acme Shop", path: "/acme.hotfix" }, recent: [], folder: "/" };
    }
    const { name } = args as { name?: string };
    if (name === "workspace_show") {
      return { name: "Acme Shop", path: "/acme.hotfix", me: { id: "rita", name: "Rita Marsh" } };
    }
    return undefined;
  },
  listen: async () => () => {},
  channel: () => undefined,
});
const routes = new Routes();
routes.register({
  screens: [
    {
      path: "/home",
      title: "Waiting for me",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Waiting for me", icon: House, order: 0, keys: "g h", count: () => 4 },
    },
    {
      path: "/inbox/:key?",
      title: "Inbox",
      load: () => Promise.resolve({ default: Inbox }),
      nav: {
        label: "Inbox",
        icon: InboxIcon,
        order: 10,
        keys: "g i",
        count: () => 12,
        urgent: () => true,
      },
    },
    {
      path: "/fix/:key?",
      title: "Hot fixes",
      load: () => Promise.resolve({ default: Fix }),
      nav: { label: "Hot fixes", icon: Flame, order: 20, keys: "g f", count: () => 5 },
    },
    {
      path: "/schedule",
      title: "Schedule",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Schedule", icon: CalendarDays, order: 30 },
    },
    {
      path: "/deployments",
      title: "Deployments",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Deployments", icon: Rocket, order: 40, count: () => 1 },
    },
    {
      path: "/messages",
      title: "Messages",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Messages", icon: MessageSquare, order: 50, count: () => 3 },
    },
    {
      path: "/monitoring",
      title: "Monitoring",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Monitoring", icon: Activity, order: 60, count: () => 2 },
    },
    {
      path: "/settings",
      title: "Settings",
      load: () => Promise.resolve({ default: Empty }),
      nav: { label: "Settings", icon: Settings, order: 90, place: "bottom" },
    },
  ],
  commands: [{ id: "log", label: "Log an issue", keys: "c", run: () => {} }],
});
const target = document.getElementById("app");
if (target) mount(App, { target, props: { registry: routes } });
