//! What audiences are called. Make it inside a component.

import { live } from "../live.svelte";

/** The name of an audience, or its id while the catalog is on its way or it is retired. */
export function audienceNames(): (id: string) => string {
  const list = live("catalog_list", () => ({ kind: "audience" }));
  return (id) => {
    const row = list.data?.find(({ object }) => object.id === id);
    return row && "name" in row.object ? row.object.name : id;
  };
}
