//! The palette's search over issues, hot fixes and messages. One question serves all three headings.

import type { Module, SearchProvider } from "../../kit/screen";
import { call } from "../../rpc/client";
import type { Hit } from "../../rpc/generated";
import { lines } from "./hits";

let last: { text: string; hits: Promise<Hit[]> } | undefined;

/** The headings are asked in the same moment with the same text: the core hears it once. */
function hitsOf(text: string): Promise<Hit[]> {
  if (last?.text === text) return last.hits;
  const hits = call("search", { text, limit: 30 });
  const mine = { text, hits };
  last = mine;
  const forget = () => {
    if (last === mine) last = undefined;
  };
  hits.then(forget, forget);
  return hits;
}

const heading = (label: string, kind: string): SearchProvider => ({
  label,
  search: async (text) => lines(await hitsOf(text), kind),
});

export default {
  search: [
    heading("Issues", "issue"),
    heading("Hot fixes", "hotfix"),
    heading("Messages", "message"),
  ],
} satisfies Module;
