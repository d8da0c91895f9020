import type { Module } from "../../kit/screen";
import HotfixScreen from "./HotfixScreen.svelte";

export default {
  screens: [{ path: "/fix/:key/*rest", title: "Hot fix", component: HotfixScreen }],
} satisfies Module;
