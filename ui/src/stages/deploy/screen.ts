import type { Module } from "../../kit/screen";

export default {
  screens: [
    { path: "/deployment/:key", title: "Deployment", load: () => import("./DeployScreen.svelte") },
  ],
} satisfies Module;
