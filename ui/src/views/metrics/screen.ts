//! Insights: what all of it comes to, and the rows behind each figure.

import ChartNoAxesColumn from "@lucide/svelte/icons/chart-no-axes-column";
import type { Module } from "../../kit/screen";

export default {
  screens: [
    {
      path: "/insights",
      title: "Insights",
      load: () => import("./InsightsScreen.svelte"),
      nav: { label: "Insights", icon: ChartNoAxesColumn, order: 70, keys: "g n" },
    },
  ],
} satisfies Module;
