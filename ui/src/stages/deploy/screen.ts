import type { Module } from "../../kit/screen";
import DeployScreen from "./DeployScreen.svelte";

export default {
  screens: [{ path: "/deployment/:key", title: "Deployment", component: DeployScreen }],
} satisfies Module;
