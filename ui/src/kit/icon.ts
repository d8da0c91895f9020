import type { LucideProps } from "@lucide/svelte";
import type { Component } from "svelte";

/** Any lucide icon: `import Flame from "@lucide/svelte/icons/flame"`. */
export type Icon = Component<LucideProps>;

/** What a colour may mean. Never colour alone: Pill and State add a letter, a shape or an icon. */
export type Tone = "p1" | "p2" | "p3" | "p4" | "p5" | "ok" | "bad" | "wait" | "unknown" | "plain";
