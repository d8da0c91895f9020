//! Names for the ids that issues carry: people, teams, products. Make it inside a component.

import type { Person, Product, Team } from "../../rpc/generated";
import { live } from "../live.svelte";
import { session } from "../session.svelte";

export interface Names {
  readonly people: Person[];
  readonly teams: Team[];
  readonly products: Product[];
  /** The name, or the id while the catalog is on its way or somebody has left it. */
  person(id: string | null): string;
  product(id: string | null): string;
}

export function names(): Names {
  const catalog = live("catalog_list", () => (session.status === "open" ? { kind: null } : null));
  const objects = $derived((catalog.data ?? []).map((row) => row.object));
  const people = $derived(objects.flatMap((o) => (o.kind === "person" ? [o as Person] : [])));
  const teams = $derived(objects.flatMap((o) => (o.kind === "team" ? [o as Team] : [])));
  const products = $derived(objects.flatMap((o) => (o.kind === "product" ? [o as Product] : [])));
  const called: Record<string, string> = $derived(
    Object.fromEntries([...people, ...teams, ...products].map((o) => [o.id, o.name])),
  );
  const name = (id: string | null) => (id ? (called[id] ?? id) : "");
  return {
    get people() {
      return people;
    },
    get teams() {
      return teams;
    },
    get products() {
      return products;
    },
    person: name,
    product: name,
  };
}
