import type { Module } from "../../kit/screen";

export default {
  screens: [
    {
      path: "/emergency/:key/:environment?",
      title: "Emergency",
      load: () => import("./EmergencyScreen.svelte"),
    },
  ],
} satisfies Module;
