//! The search: a screen of its own, and what the palette shows of it. One question serves all of the
//! palette's headings.

import SearchIcon from "@lucide/svelte/icons/search";
import { go } from "../../kit/place.svelte";
import type { Module, SearchProvider } from "../../kit/screen";
import { call } from "../../rpc/client";
import type { Found } from "../../rpc/generated";
import { alsoShown, atValue, kinds, lines, searchPlace } from "./hits";

/** Lines of one kind in the palette; the screen has the rest. */
const FEW = 8;

let last: { text: string; found: Promise<Found> } | undefined;

/** The headings are asked in the same moment with the same text: the core hears it once. */
function foundFor(text: string): Promise<Found> {
  if (last?.text === text) return last.found;
  const found = call("search", { text, limit: 30, wait: false });
  const mine = { text, found };
  last = mine;
  const forget = () => {
    if (last === mine) last = undefined;
  };
  found.then(forget, forget);
  return found;
}

const heading = (kind: string): SearchProvider => ({
  label: kinds[kind]?.many ?? kind,
  search: async (text) => lines((await foundFor(text)).hits, kind).slice(0, FEW),
});

/** Fields and values for the end of what is typed: choosing one types it. */
const fields: SearchProvider = {
  label: "Fields",
  search: async (text) => {
    if (!atValue(text)) return [];
    const all = await call("search_suggest", { text });
    return all.map((one) => ({
      id: one.text,
      label: one.label,
      hint: one.hint,
      fill: one.text,
    }));
  },
};

const everything: SearchProvider = {
  label: "Search",
  search: async (text) => {
    const found = await foundFor(text);
    return [
      {
        id: "everything",
        label: `Everything about “${text}”`,
        hint: [...alsoShown(found), ...found.notes].join(" "),
        icon: SearchIcon,
        href: searchPlace(text),
      },
    ];
  },
};

export default {
  screens: [
    {
      path: "/search/:text?",
      title: "Search",
      load: () => import("./SearchScreen.svelte"),
      nav: { label: "Search", icon: SearchIcon, order: 5, keys: "g /" },
    },
  ],
  commands: [
    {
      id: "search",
      label: "Search everything",
      keys: "/",
      words: "find look for",
      run: () => go("/search"),
    },
  ],
  search: [
    fields,
    heading("issue"),
    heading("hotfix"),
    heading("report"),
    heading("message"),
    everything,
  ],
} satisfies Module;
