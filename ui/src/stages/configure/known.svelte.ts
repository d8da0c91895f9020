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

  person(id: string): string {
    return this.of("person").find((each) => each.id === id)?.name ?? id;
  }

  environment(id: string): string {
    return this.environments().find((each) => each.value === id)?.label ?? id;
  }

  /** The components of these products, or of all. */
  components(products: string[]): Option[] {
    const names = this.#among(products).flatMap((each) => each.components);
    return names
      .filter((name, i) => names.indexOf(name) === i)
      .map((name) => ({ value: name, label: name }));
  }

  /** The targets in these environments of these products; none named means all. */
  targets(products: string[], environments: string[]): Option[] {
    const found: Record<string, Option> = {};
    for (const product of this.#among(products)) {
      for (const each of product.environments) {
        if (environments.length > 0 && !environments.includes(each.id)) continue;
        for (const { id } of each.targets) {
          found[id] ??= { value: id, label: id, hint: `${product.name}, ${each.name}` };
        }
      }
    }
    return Object.values(found);
  }

  #among(products: string[]): ObjectOf<"product">[] {
    const all = this.of("product");
    return products.length === 0 ? all : all.filter((each) => products.includes(each.id));
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
