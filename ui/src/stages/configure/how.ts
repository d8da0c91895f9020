//! Automatic checks while they are written: what a new one begins with, and where a refusal belongs. Pure.

import type { Assertion, CheckHow } from "../../rpc/generated";

export type By = CheckHow["by"];
export type HowOf<B extends By> = Extract<CheckHow, { by: B }>;
export type On = Assertion["on"];

/** What a way of answering begins with. */
export const freshHow: Record<By, () => CheckHow> = {
  manual: () => ({ by: "manual" }),
  http: () => ({
    by: "http",
    method: "GET",
    url: "",
    body: "",
    assertions: [{ on: "status", is: 200 }],
  }),
  prometheus: () => ({ by: "prometheus", url: "", query: "", at_least: null, at_most: null }),
};

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
