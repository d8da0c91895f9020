//! Settings: at the foot of the navigation; each kind and each object has its address, and is found by
//! the palette.

import SettingsIcon from "@lucide/svelte/icons/settings";
import { go } from "../../kit/place.svelte";
import type { Module } from "../../kit/screen";
import { call } from "../../rpc/client";
import { addressOf, kinds, order } from "./kinds";

export default {
  screens: [
    {
      path: "/settings/:kind?/:id?",
      title: "Settings",
      load: () => import("./Settings.svelte"),
      nav: { label: "Settings", icon: SettingsIcon, order: 90, place: "bottom", keys: "g ," },
    },
  ],
  commands: order.map((kind) => ({
    id: `settings:${kind}`,
    label: `Settings: ${kinds[kind].label}`,
    icon: kinds[kind].icon,
    words: kinds[kind].one,
    run: () => go(addressOf(kind)),
  })),
  search: [
    {
      label: "Settings",
      search: async (text) => {
        const wanted = text.trim().toLocaleLowerCase();
        if (wanted === "") return [];
        const rows = await call("catalog_list", { kind: null });
        return rows
          .map(({ object }) => object)
          .filter((o) => `${o.name} ${o.id}`.toLocaleLowerCase().includes(wanted))
          .slice(0, 8)
          .map((o) => ({
            id: `settings/${o.kind}/${o.id}`,
            label: o.name || o.id,
            hint: kinds[o.kind].label,
            icon: kinds[o.kind].icon,
            href: addressOf(o.kind, o.id),
          }));
      },
    },
  ],
} satisfies Module;
