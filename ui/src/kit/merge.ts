//! Two people's edits of one thing, brought together. Pure.

import { same } from "./form.svelte";

export interface Clash {
  field: string;
  mine: unknown;
  theirs: unknown;
}

/** What both of us changed since `from` clashes; what only one changed is taken from that one. */
export function merged<O extends object>(
  from: O,
  mine: O,
  theirs: O,
): { object: O; clashes: Clash[] } {
  const object = structuredClone(mine);
  const clashes: Clash[] = [];
  for (const field of Object.keys(theirs) as (keyof O & string)[]) {
    if (same(mine[field], theirs[field])) continue;
    if (same(mine[field], from[field])) object[field] = structuredClone(theirs[field]);
    else if (!same(theirs[field], from[field])) {
      clashes.push({ field, mine: mine[field], theirs: theirs[field] });
    }
  }
  return { object, clashes };
}
