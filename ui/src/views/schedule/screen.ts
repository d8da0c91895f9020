import CalendarDays from "@lucide/svelte/icons/calendar-days";
import type { Module } from "../../kit/screen";

export default {
  screens: [
    {
      path: "/schedule/:tab?",
      title: "Schedule",
      load: () => import("./ScheduleScreen.svelte"),
      nav: { label: "Schedule", icon: CalendarDays, order: 30, keys: "g s" },
    },
  ],
} satisfies Module;
