//! Words and measures of published calendars. Pure, but for the mark, which is random.

import type { PublishRun } from "../../rpc/generated";

/** By it our events are known in a calendar, for ever. */
export function newMark(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The server of an address, as an address; nothing while it is none. */
export function server(address: string): string | undefined {
  try {
    const url = new URL(address.trim());
    return ["http:", "https:"].includes(url.protocol) ? `${url.origin}/` : undefined;
  } catch {
    return undefined;
  }
}

export const events = (n: number) => `${n.toLocaleString()} ${n === 1 ? "event" : "events"}`;

/** "2 added, 1 removed"; "nothing new" where everything is as it should be. */
export function runWords(run: PublishRun): string {
  const alone = run.events.filter((each) => each.became === "left_alone").length;
  const parts = [
    [run.added, "added"],
    [run.changed, "changed"],
    [run.removed, "removed"],
    [run.kept, "as it should be"],
    [alone, "left alone, as it is somebody else’s"],
  ] as const;
  const told = parts.filter(([n]) => n > 0).map(([n, word]) => `${n.toLocaleString()} ${word}`);
  return told.length > 0 ? told.join(", ") : "nothing, as no deployment is in its scope";
}
