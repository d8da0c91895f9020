//! What a person keeps of the inbox: filters by name, and which facts a row shows in which order. Kept
//! by the core like a draft: for this person, in this workspace's file, and no part of its history.

import { call } from "../../rpc/client";
import { columns, usual, type Column } from "../../views/inbox/columns";

export interface SavedFilter {
  name: string;
  /** The address's query. */
  query: string;
}

const NAME = "inbox/kept";

class Kept {
  filters = $state<SavedFilter[]>([]);
  columns = $state<Column[]>([...usual]);
  #of: string | undefined;

  /** Reads what this person kept; once for each, and again when somebody else sits down. */
  async load(person: string | undefined): Promise<void> {
    if (this.#of === person) return;
    this.#of = person;
    const { text } = await call("draft_load", { name: NAME }).catch(() => ({ text: "" }));
    if (this.#of !== person) return;
    const kept = parse(text);
    this.filters = kept.filters;
    this.columns = kept.columns;
  }

  /** Keeps a filter; one of the same name gives way. */
  async keep(name: string, query: string): Promise<void> {
    const at = this.filters.findIndex((one) => one.name === name);
    const filters = [...this.filters];
    if (at >= 0) filters[at] = { name, query };
    else filters.push({ name, query });
    await this.#save({ filters });
  }

  async forget(name: string): Promise<void> {
    await this.#save({ filters: this.filters.filter((one) => one.name !== name) });
  }

  async show(columns: Column[]): Promise<void> {
    await this.#save({ columns });
  }

  async #save(change: { filters?: SavedFilter[]; columns?: Column[] }): Promise<void> {
    const kept = {
      filters: $state.snapshot(this.filters),
      columns: $state.snapshot(this.columns),
      ...change,
    };
    await call("draft_save", { name: NAME, text: JSON.stringify(kept) });
    this.filters = kept.filters;
    this.columns = kept.columns;
  }

  /** For tests, and when the workspace goes. */
  reset(): void {
    this.#of = undefined;
    this.filters = [];
    this.columns = [...usual];
  }
}

export const kept = new Kept();

/** What can be read of it; what cannot is as if it had never been kept. */
export function parse(text: string): { filters: SavedFilter[]; columns: Column[] } {
  const nothing = { filters: [], columns: [...usual] };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return nothing;
  }
  if (typeof read !== "object" || read === null) return nothing;
  const { filters, columns: shown } = read as { filters?: unknown; columns?: unknown };
  const isFilter = (one: unknown): one is SavedFilter =>
    typeof one === "object" &&
    one !== null &&
    typeof (one as SavedFilter).name === "string" &&
    typeof (one as SavedFilter).query === "string";
  return {
    filters: Array.isArray(filters) ? filters.filter(isFilter) : [],
    columns: Array.isArray(shown) ? shown.filter((c): c is Column => c in columns) : [...usual],
  };
}
