//! What the endpoint's editor knows beside the core: finding a system, and what changes with it. Pure.

import type { EndpointCommand, Problem, RecipeView, Setting } from "../../rpc/generated";
import type { ObjectOf } from "./kinds";

/** Stands in the list of systems; what it asks for is read from its text. */
export const CUSTOM: RecipeView = {
  name: "custom",
  title: "A recipe of my own",
  description: "Any system that speaks HTTP, described as data; start from a copy of another one.",
  settings: [],
  secrets: [],
  questions: [],
  text: "",
  problems: [],
};

/** Those that have every word typed, in their name, title or description. */
export function found(systems: RecipeView[], typed: string): RecipeView[] {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  return systems.filter(({ name, title, description }) => {
    const text = `${name} ${title} ${description}`.toLocaleLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export const freshCommand = (): EndpointCommand => ({
  argv: [],
  rollback: [],
  health: [],
  version: [],
  folder: "",
  environment: [],
  timeout_minutes: 30,
});

/** The settings beside the address, which has a field of its own. */
export function others(settings: Setting[]): Setting[] {
  return settings.filter(({ name }) => name !== "base_url");
}

/** What was typed for another system is not meant any more; what both ask for stays. */
export function changeSystem(
  values: ObjectOf<"endpoint">,
  to: RecipeView,
  from: RecipeView | undefined,
): void {
  const address = (system: RecipeView | undefined) =>
    system?.settings.find(({ name }) => name === "base_url");
  const before = address(from)?.default ?? "";
  if (values.base_url === before) values.base_url = address(to)?.default ?? "";
  if (to.name !== CUSTOM.name) {
    const asked = others(to.settings).map(({ name }) => name);
    values.settings = Object.fromEntries(
      Object.entries(values.settings).filter(([name]) => asked.includes(name)),
    );
    values.secrets = to.secrets
      .filter(({ name, optional }) => !optional || values.secrets.includes(name))
      .map(({ name }) => name);
  }
  values.recipe = to.name;
  values.command = to.name === "command" ? (values.command ?? freshCommand()) : values.command;
}

/** The words of a command, one a line. */
export const words = (text: string): string[] => (text === "" ? [] : text.split("\n"));

/** Mistakes by their line. */
export function byLine(problems: Problem[]): Map<number, string[]> {
  const lines = new Map<number, string[]>();
  for (const { line, message } of problems) lines.set(line, [...(lines.get(line) ?? []), message]);
  return lines;
}

/** Where a line begins in a text, and where it ends; lines count from 1. */
export function lineRange(text: string, line: number): [number, number] {
  let start = 0;
  for (let n = 1; n < line; n++) {
    const next = text.indexOf("\n", start);
    if (next < 0) break;
    start = next + 1;
  }
  const end = text.indexOf("\n", start);
  return [start, end < 0 ? text.length : end];
}
