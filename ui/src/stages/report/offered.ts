//! What is offered in a report for what nobody has typed: it takes the place of what was offered before,
//! and never of what a person put there.

import type { Defaults } from "../../rpc/generated";
import { empty, type Typed } from "./report";

export type Offer = Partial<
  Pick<Typed, "product" | "version" | "environment" | "component" | "channel">
>;

/** The fields that the answer may fill, with what stands there from now on. */
export function offered(
  values: Readonly<Typed>,
  before: Readonly<Offer>,
  typed: readonly string[],
  usual: Defaults,
): Offer {
  const next: Offer = {};
  const free = (field: keyof Offer): boolean => {
    if (typed.includes(field)) return false;
    const untouched = before[field] ?? empty[field];
    return values[field] === "" || values[field] === untouched;
  };
  if (free("product") && usual.product) next.product = usual.product;
  const product = next.product ?? values.product;
  // Versions and parts of another product say nothing about this one.
  if (product === (usual.product ?? "")) {
    for (const field of ["version", "environment", "component"] as const) {
      if (free(field)) next[field] = usual[field];
    }
  }
  if (free("channel") && usual.channel && usual.channel !== "import") next.channel = usual.channel;
  return next;
}
