// Every text colour must be readable on every ground it is meant for, in both themes (WCAG AA).
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const css = readFileSync("src/kit/tokens.css", "utf8");
type Theme = "light" | "dark";

function colour(name: string, theme: Theme): string {
  const value = new RegExp(`--${name}:\\s*([^;]+);`).exec(css)?.[1]?.trim() ?? "";
  const alias = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  if (alias) return colour(alias, theme);
  const pair = /^light-dark\(\s*(#\w+),\s*(#\w+)\s*\)$/.exec(value);
  return (theme === "light" ? pair?.[1] : pair?.[2]) ?? value;
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5]
    .map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["bg", "surface", "raised", "sunk", "hover"];
const tones = ["p1", "p2", "p3", "p4", "p5", "ok", "bad", "wait", "unknown"];
const pairs: [string, string][] = [
  ...["text", "muted", "faint", "accent"].flatMap((t) =>
    grounds.map((g): [string, string] => [t, g]),
  ),
  ...["text", "muted", "faint", "accent", "p1", "p3"].map((t): [string, string] => [
    t,
    "accent-soft",
  ]),
  ...tones.flatMap((t) => ["bg", "surface", `${t}-soft`].map((g): [string, string] => [t, g])),
  ["text", "bad-soft"],
  ["muted", "p5-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
  ["on-tone", "p1"],
  ...[1, 2, 3, 4, 5, 6].map((n): [string, string] => ["on-tone", `face-${n}`]),
];

describe.each<Theme>(["light", "dark"])("%s theme", (theme) => {
  it.each(pairs)("%s is readable on %s", (text, ground) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });
  it("borders of controls are seen (3:1 when pointed at or focused)", () => {
    expect(contrast(colour("line-control", theme), colour("surface", theme))).toBeGreaterThan(3);
    expect(contrast(colour("accent", theme), colour("bg", theme))).toBeGreaterThan(3);
  });
});
