import Rocket from "@lucide/svelte/icons/rocket";
import type { Module } from "../../kit/screen";
import { deployments, watchDeployments } from "./counts.svelte";

export default {
  start: async () => watchDeployments(),
  screens: [
    {
      path: "/deployments",
      title: "Deployments",
      load: () => import("./DeploymentsScreen.svelte"),
      nav: {
        label: "Deployments",
        icon: Rocket,
        order: 40,
        keys: "g d",
        count: () => deployments.open,
        urgent: () => deployments.held,
      },
    },
  ],
} satisfies Module;
