//! Automatic checks while they are written: what a new one begins with, and where a refusal belongs. Pure.

import type { Form } from "../../kit/form.svelte";
import type { Assertion, CheckHow, CheckReport } from "../../rpc/generated";

export type By = CheckHow["by"];
export type HowOf<B extends By> = Extract<CheckHow, { by: B }>;
export type On = Assertion["on"];

/** What the fields of a check need of the form that they stand in. */
export type AskedForm = Pick<Form<object>, "field" | "touched" | "errors">;

/** What a way of answering begins with. */
export const freshHow: Record<By, () => CheckHow> = {
  manual: () => ({ by: "manual" }),
  http: () => ({
    by: "http",
    method: "GET",
    url: "",
    access: null,
    body: "",
    assertions: [{ on: "status", is: 200 }],
  }),
  prometheus: () => ({
    by: "prometheus",
    url: "",
    access: null,
    query: "",
    at_least: null,
    at_most: null,
  }),
  command: () => ({
    by: "command",
    argv: [],
    folder: "",
    exits: [0],
    contains: "",
    timeout_minutes: 5,
    report: null,
  }),
  junit: () => ({ by: "junit", ...freshReport() }),
};

/** What a report of tests begins with: whoever answers gives it. */
export const freshReport = (): CheckReport => ({ path: "", at_least: 1, only: "" });

/** What is sent: the line after the last word is no word. */
export function sentHow(how: CheckHow): CheckHow {
  const sent = structuredClone(how);
  if (sent.by === "command") while (sent.argv.at(-1)?.trim() === "") sent.argv.pop();
  return sent;
}

/** "0, 3" → [0, 3]; what is no number is one that is none. */
export const exitsOf = (text: string): number[] =>
  text
    .split(/[\s,]+/)
    .filter((part) => part !== "")
    .map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));

/** What an assertion begins with. */
export const freshAssertion: Record<On, () => Assertion> = {
  status: () => ({ on: "status", is: 200 }),
  json: () => ({ on: "json", path: "$.", equals: "" }),
  text: () => ({ on: "text", contains: "" }),
  header: () => ({ on: "header", name: "", like: "contains", value: "" }),
  millis: () => ({ on: "millis", at_most: 800 }),
};

export const assertionKinds: Record<On, string> = {
  status: "Status",
  json: "JSON",
  text: "Text",
  header: "Header",
  millis: "Time",
};

/** The next assertion is most likely of a kind that is not there yet. */
export function nextAssertion(there: Assertion[]): Assertion {
  const kinds = Object.keys(freshAssertion) as On[];
  return freshAssertion[kinds.find((on) => !there.some((one) => one.on === on)) ?? "json"]();
}

/** The field of the form that a refused try is about: "how.url" of "items.2.how" is "items.2.how.url". */
export function placeOf(where: string | undefined, at: string): string | undefined {
  return where?.startsWith("how.") ? `${at}${where.slice("how".length)}` : undefined;
}
