//! A list of the core, page by page. A change anywhere asks again for as many rows as are shown, so
//! that a person deep in the list stays there. Make it inside a component.

import { query, type Query } from "../kit/query.svelte";
import { topicsOf, type Name } from "../rpc/client";

const PAGE = 200;
const MOST = 500;

interface Rows<R> {
  rows: R[];
  next: string | null;
  total: number;
}

export interface Pages<R> {
  readonly rows: R[];
  readonly total: number;
  readonly more: boolean;
  readonly loaded: boolean;
  readonly error: Query<unknown>["error"];
  loadMore(): Promise<void>;
  refresh(): Promise<void>;
}

/** `const list = pages("issue_list", () => filter, (wanted, page) => call("issue_list", { ...wanted, ...page }))` */
export function pages<F, R>(
  name: Name,
  filter: () => F | null,
  fetch: (wanted: F, page: { after: string | null; limit: number }) => Promise<Rows<R>>,
): Pages<R> {
  let depth = PAGE;
  let depthOf = "";
  const asked = query(
    filter,
    async (wanted: F): Promise<Rows<R>> => {
      const id = JSON.stringify(wanted);
      if (id !== depthOf) [depth, depthOf] = [PAGE, id];
      let rows: R[] = [];
      let after: string | null = null;
      for (;;) {
        const limit = Math.min(MOST, depth - rows.length);
        const page: Rows<R> = await fetch(wanted, { after, limit });
        rows = rows.length === 0 ? page.rows : [...rows, ...page.rows];
        if (page.next === null || rows.length >= depth) return { ...page, rows };
        after = page.next;
      }
    },
    { name: `${name}:pages`, topics: () => topicsOf(name) },
  );
  let further = $state.raw<(Rows<R> & { of: Rows<R> }) | undefined>();
  const shown = $derived(further && further.of === asked.data ? further : asked.data);

  async function loadMore(): Promise<void> {
    const base = asked.data;
    const now = shown;
    const wanted = filter();
    if (!base || !now || now.next === null || !wanted) return;
    const page = await fetch(wanted, { after: now.next, limit: PAGE });
    if (asked.data !== base) return;
    depth = now.rows.length + page.rows.length;
    further = { ...page, rows: [...now.rows, ...page.rows], of: base };
  }

  return {
    get rows(): R[] {
      return shown?.rows ?? [];
    },
    get total(): number {
      return shown?.total ?? 0;
    },
    get more(): boolean {
      return (shown?.next ?? null) !== null;
    },
    get loaded(): boolean {
      return asked.data !== undefined;
    },
    get error() {
      return asked.error;
    },
    loadMore,
    refresh: () => asked.refresh(),
  };
}
