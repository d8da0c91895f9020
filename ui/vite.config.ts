import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { defineConfig } from "vitest/config";

// The window runs under `default-src 'self'` without inline scripts or styles, so nothing may be
// inlined: no data: fonts, no preload polyfill, no module-preload script.
export default defineConfig({
  base: "./",
  plugins: [svelte(), svelteTesting()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: ["safari18", "chrome123"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
  },
  server: { port: 5199, strictPort: true },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    env: { TZ: "UTC" },
  },
});
