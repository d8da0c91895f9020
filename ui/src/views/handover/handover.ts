//! Words for what was under way when a shift handed over, and where each thing is. Pure.

import type { UnderWay, UnderWayKind } from "../../rpc/generated";

export const kinds: Record<UnderWayKind, string> = {
  deployment: "Deployment",
  starts: "Starts soon",
  monitoring: "Under watch",
  issue: "Open issue",
  call_back: "To call back",
};

/** The place of a thing. */
export function placeOf(one: UnderWay): string {
  if (one.key.startsWith("DEP-")) return `/deployment/${one.key}`;
  if (one.key.startsWith("HF-")) return `/monitoring/${one.key}`;
  return `/inbox/${one.key}`;
}

/** Two lists name the same things: each once, wherever it stands. */
export const identity = (one: UnderWay): string => `${one.kind} ${one.key} ${one.what}`;
