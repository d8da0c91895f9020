import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const tauri = {
  group: ["@tauri-apps/*"],
  message: "Only src/rpc speaks to Tauri: call it through rpc/client.",
};

/** Forbids a tier what lies above it; imports point downward only (README, "Tiers"). */
function tier(name, above, extra = [tauri]) {
  const patterns = [...extra];
  if (above.length > 0) {
    patterns.push({
      regex: `(^|/)(${above.join("|")})/`,
      message: `${name} may not import ${above.join(", ")}: imports point downward only.`,
    });
  }
  return {
    files: [`src/${name}/**/*.{ts,svelte}`, `src/${name}/**/*.svelte.ts`],
    rules: { "no-restricted-imports": ["error", { patterns }] },
  };
}

export default ts.config(
  { ignores: ["dist", "node_modules", "src/rpc/generated.ts"] },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { extraFileExtensions: [".svelte"], parser: ts.parser, svelteConfig },
    },
    rules: {
      // Hash links need no resolving: this is a plain window, not a server-routed site.
      "svelte/no-navigation-without-resolve": "off",
      // A literal style attribute is an inline style, which the window's policy refuses.
      "no-restricted-syntax": [
        "error",
        {
          selector: 'SvelteAttribute[key.name="style"]',
          message: "Use classes, or style:property={…} (set through the CSSOM, so CSP allows it).",
        },
      ],
    },
  },
  {
    rules: {
      "no-undef": "off",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      "no-restricted-globals": [
        "error",
        { name: "requestIdleCallback", message: "WebKitGTK 2.50 lacks it." },
      ],
    },
  },
  tier("kit", ["rpc", "stages", "views", "app"]),
  tier("rpc", ["kit", "stages", "views", "app"], []),
  tier("views", ["stages", "app"]),
  tier("stages", ["app"]),
  tier("app", []),
);
