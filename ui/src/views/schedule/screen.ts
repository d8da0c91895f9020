import CalendarDays from "@lucide/svelte/icons/calendar-days";
import type { Module } from "../../kit/screen";
import ScheduleScreen from "./ScheduleScreen.svelte";

export default {
  screens: [
    {
      path: "/schedule/:tab?",
      title: "Schedule",
      component: ScheduleScreen,
      nav: { label: "Schedule", icon: CalendarDays, order: 30, keys: "g s" },
    },
  ],
} satisfies Module;
