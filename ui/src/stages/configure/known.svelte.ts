//! What the catalog's forms may pick from: people, teams, products, environments and endpoints by name.

import type { Option } from "../../kit/Select.svelte";
import type { CatalogRow } from "../../rpc/generated";
import type { Kind, ObjectOf } from "./kinds";

export class Known {
  #rows: () => readonly CatalogRow[];

  constructor(rows: () => readonly CatalogRow[]) {
    this.#rows = rows;
  }

  of<K extends Kind>(kind: K): ObjectOf<K>[] {
    return this.#rows().flatMap(({ object }) =>
      object.kind === kind ? [object as ObjectOf<K>] : [],
    );
  }

  options(kind: Kind): Option[] {
    return this.of(kind).map((each) => ({ value: each.id, label: each.name, hint: each.id }));
  }

  product(id: string): string {
    return this.of("product").find((each) => each.id === id)?.name ?? id;
  }

  environment(id: string): string {
    return this.environments().find((each) => each.value === id)?.label ?? id;
  }

  /** Of one product, or of all; those of one name are one choice. */
  environments(product: string | null = null): Option[] {
    const found: Record<string, Option> = {};
    for (const each of this.of("product")) {
      if (product !== null && each.id !== product) continue;
      for (const { id, name } of each.environments) found[id] ??= { value: id, label: name };
    }
    return Object.values(found);
  }
}
