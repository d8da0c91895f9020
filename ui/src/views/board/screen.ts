import Flame from "@lucide/svelte/icons/flame";
import type { Module } from "../../kit/screen";
import { call } from "../../rpc/client";
import { counts, watchCounts } from "../inbox/counts.svelte";

export default {
  screens: [
    {
      path: "/fixes",
      title: "Hot fixes",
      load: () => import("./BoardScreen.svelte"),
      nav: {
        label: "Hot fixes",
        icon: Flame,
        order: 20,
        keys: "g f",
        count: () => counts.now?.hotfixes,
      },
    },
  ],
  search: [
    {
      label: "Hot fixes",
      search: async (text) => {
        const hits = await call("search", { text, limit: 20 });
        return hits
          .filter((hit) => hit.kind === "hotfix")
          .slice(0, 6)
          .map((hit) => ({
            id: hit.key,
            label: hit.title,
            hint: hit.key,
            icon: Flame,
            href: `/fix/${hit.key}`,
          }));
      },
    },
  ],
  start: () => Promise.resolve(watchCounts()),
} satisfies Module;
