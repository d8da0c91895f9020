//! Finds every screen.ts under stages/ and views/: adding a folder is all there is to do.

import type { Module } from "../kit/screen";
import { routes } from "./routes.svelte";

const found = import.meta.glob<{ default: Module }>("../{stages,views}/*/screen.ts", {
  eager: true,
});

export function registerAll(): void {
  routes.register(...Object.values(found).map((m) => m.default));
}
