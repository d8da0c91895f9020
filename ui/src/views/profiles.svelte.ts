//! Who may sit at this desk, and saying who does. In a local workspace this is honest book-keeping:
//! switching is journaled, not prevented.

import { failed, said } from "../kit/toast";
import { call } from "../rpc/client";
import { live } from "./live.svelte";
import { session } from "./session.svelte";

export interface Profile {
  id: string;
  name: string;
}

/** Everybody of the catalog, while a workspace is open. */
export function profiles(): { readonly all: Profile[] } {
  const rows = live("catalog_list", () => (session.status === "open" ? { kind: "person" } : null));
  const all = $derived(
    (rows.data ?? []).map(({ object }) => ({ id: object.id, name: object.name })),
  );
  return {
    get all() {
      return all;
    },
  };
}

export async function sit(person: Profile): Promise<void> {
  try {
    await call("profile_choose", { person: person.id });
    await session.refresh();
    said(`You are ${person.name} now`);
  } catch (thrown) {
    failed(thrown);
  }
}
