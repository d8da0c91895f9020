//! From what was typed to what is sent: keys out of names, numbers that are numbers. Pure.

import type { CatalogObject } from "../../rpc/generated";
import { sentHow } from "./how";

/** "Release managers" → "release-managers"; what the core accepts as a key, or "" . */
export function keyOf(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/ß/g, "ss")
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[-.]+|[-.]+$/g, "")
    .slice(0, 48)
    .replace(/[-.]+$/, "");
}

/** A key for `text` that is not taken yet: "shop", "shop-2". A text without letters falls back. */
export function freeKey(text: string, taken: string[], fallback: string): string {
  const key = keyOf(text) || fallback;
  let free = key;
  for (let n = 2; taken.includes(free); n++) free = `${key}-${n}`;
  return free;
}

function fill<T extends { id: string }>(rows: T[], text: (row: T) => string, word: string): void {
  for (const row of rows) {
    if (row.id.trim() !== "") row.id = row.id.trim();
    else {
      row.id = freeKey(
        text(row),
        rows.map((each) => each.id),
        word,
      );
    }
  }
}

/** What is saved: keys that were left out come from names, and are never changed once given. */
export function prepared<O extends CatalogObject>(typed: O, taken: string[]): O {
  const object = structuredClone(typed);
  object.name = object.name.trim();
  object.id = object.id.trim() || freeKey(object.name, taken, object.kind);
  if (object.kind === "calendar") {
    // What was chosen for another kind is not meant any more.
    if (object.purpose === "absence") {
      Object.assign(object, { products: [], environments: [], components: [], targets: [] });
    } else if (object.purpose === "duty") {
      Object.assign(object, { environments: [], components: [], targets: [] });
    } else if (object.purpose !== "lock") object.people = [];
    if (object.purpose !== "duty") object.replaces = [];
  }
  if (object.kind === "endpoint") {
    // What was typed for another system is not meant any more.
    if (object.recipe !== "custom") object.recipe_text = "";
    if (object.recipe !== "command") object.command = null;
    else Object.assign(object, { base_url: "", settings: {}, hosts: [], proxy: "", ca: "" });
    for (const part of ["argv", "rollback", "health", "version"] as const) {
      while (object.command?.[part].at(-1)?.trim() === "") object.command[part].pop();
    }
  }
  if (object.kind === "checklist") {
    fill(object.items, (item) => item.text, "step");
    for (const item of object.items) item.how = sentHow(item.how);
  }
  if (object.kind === "product") {
    fill(object.environments, (each) => each.name, "environment");
    for (const each of object.environments) {
      fill(each.probes, (probe) => probe.name, "probe");
      for (const probe of each.probes) {
        while (probe.argv.at(-1)?.trim() === "") probe.argv.pop();
      }
      for (const rule of each.rollout.waves) fill(rule.gates, (gate) => gate.name, "gate");
    }
    // The line after the last word is no word.
    for (const each of object.tests) {
      while (each.argv.at(-1)?.trim() === "") each.argv.pop();
    }
  }
  return object;
}

/** Every place where a number was wanted and something else was typed. */
export function unread(value: unknown, at = ""): string[] {
  if (typeof value === "number") return Number.isFinite(value) ? [] : [at];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    unread(part, at === "" ? key : `${at}.${key}`),
  );
}

const NO_NUMBER = "\u0000NaN";

/** A draft's text; JSON alone would make null of a number that is not one yet. */
export function written(draft: unknown): string {
  return JSON.stringify(draft, (_, value: unknown) => (Number.isNaN(value) ? NO_NUMBER : value));
}

export function readBack<T>(text: string): T | undefined {
  try {
    const found: unknown = JSON.parse(text, (_, value: unknown) =>
      value === NO_NUMBER ? NaN : value,
    );
    return typeof found === "object" && found !== null ? (found as T) : undefined;
  } catch {
    return undefined;
  }
}
