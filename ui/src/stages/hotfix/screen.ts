import type { Module } from "../../kit/screen";

export default {
  screens: [
    { path: "/fix/:key/*rest", title: "Hot fix", load: () => import("./HotfixScreen.svelte") },
  ],
} satisfies Module;
