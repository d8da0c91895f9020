//! Names for the ids that deployments carry: people, products, environments. Make it inside a
//! component.

import type { Person, Product } from "../../rpc/generated";
import { live } from "../live.svelte";
import { session } from "../session.svelte";

export interface Names {
  readonly people: Person[];
  readonly products: Product[];
  /** The name, or the id while the catalog is on its way or somebody has left it. */
  person(id: string | null | undefined): string;
  endpoint(id: string): string;
  /** "Shop · Production" */
  place(product: string, environment: string): string;
}

export function names(): Names {
  const catalog = live("catalog_list", () => (session.status === "open" ? { kind: null } : null));
  const objects = $derived((catalog.data ?? []).map((row) => row.object));
  const people = $derived(objects.flatMap((o) => (o.kind === "person" ? [o as Person] : [])));
  const products = $derived(objects.flatMap((o) => (o.kind === "product" ? [o as Product] : [])));
  return {
    get people() {
      return people;
    },
    get products() {
      return products;
    },
    person: (id) => (id ? (people.find((p) => p.id === id)?.name ?? id) : ""),
    endpoint: (id) => objects.find((o) => o.kind === "endpoint" && o.id === id)?.name ?? id,
    place: (product, environment) => {
      const found = products.find((p) => p.id === product);
      const there = found?.environments.find((e) => e.id === environment);
      return `${found?.name ?? product} · ${there?.name ?? environment}`;
    },
  };
}
