//! What the palette finds for a text: keys first, then commands by how well they fit. Pure.

import type { Command } from "../kit/screen";

/** The place of "ISS-12", "hf-3" or "HF-3 r2"; undefined if the text is no key. */
export function keyPlace(text: string): { key: string; path: string } | undefined {
  const m = /^\s*(iss|hf)[-\s]?(\d{1,9})(?:\s+r\d+)?\s*$/i.exec(text);
  if (!m) return undefined;
  const key = `${(m[1] ?? "").toUpperCase()}-${Number(m[2])}`;
  return { key, path: key.startsWith("ISS") ? `/inbox/${key}` : `/fix/${key}` };
}

/** How well a text fits: 0 not at all; words at their beginnings count most. */
export function score(text: string, label: string): number {
  const wanted = text.trim().toLocaleLowerCase();
  const have = label.toLocaleLowerCase();
  if (wanted === "") return 1;
  if (have.startsWith(wanted)) return 100;
  const at = have.indexOf(wanted);
  if (at > 0) return /[\s\-/]/.test(have[at - 1] ?? "") ? 80 : 50;
  const words = wanted.split(/\s+/);
  if (words.every((w) => have.split(/[\s\-/]+/).some((h) => h.startsWith(w)))) return 60;
  let i = 0;
  for (const c of have) if (c === wanted[i]) i++;
  return i === wanted.length && wanted.length > 1 ? 10 : 0;
}

export function fitting(text: string, commands: Command[]): Command[] {
  return commands
    .filter((c) => c.when?.() ?? true)
    .map((c, i) => ({ c, i, s: score(text, `${c.label} ${c.words ?? ""}`) }))
    .filter((x) => x.s > 0)
    .sort((a, b) => b.s - a.s || a.i - b.i)
    .map((x) => x.c);
}
