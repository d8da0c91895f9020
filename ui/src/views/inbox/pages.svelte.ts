//! The list of issues, page by page. A change anywhere asks again for as many rows as are shown, so
//! that a person deep in the list stays there. Make it inside a component.

import { query } from "../../kit/query.svelte";
import { call, topicsOf } from "../../rpc/client";
import type { IssueRow, ListIssues } from "../../rpc/generated";

export type Filter = Omit<ListIssues, "after" | "limit">;

const PAGE = 200;
const MOST = 500;

interface Rows {
  rows: IssueRow[];
  next: string | null;
  total: number;
}

export function issuePages(filter: () => Filter | null) {
  let depth = PAGE;
  let depthOf = "";
  const asked = query(
    filter,
    async (wanted: Filter): Promise<Rows> => {
      const id = JSON.stringify(wanted);
      if (id !== depthOf) [depth, depthOf] = [PAGE, id];
      let rows: IssueRow[] = [];
      let after: string | null = null;
      for (;;) {
        const limit = Math.min(MOST, depth - rows.length);
        const page: Rows = await call("issue_list", { ...wanted, after, limit });
        rows = rows.length === 0 ? page.rows : [...rows, ...page.rows];
        if (page.next === null || rows.length >= depth) return { ...page, rows };
        after = page.next;
      }
    },
    { name: "issue_list:pages", topics: () => topicsOf("issue_list") },
  );
  let further = $state.raw<(Rows & { of: Rows }) | undefined>();
  const shown = $derived(further && further.of === asked.data ? further : asked.data);

  async function loadMore(): Promise<void> {
    const base = asked.data;
    const now = shown;
    const wanted = filter();
    if (!base || !now || now.next === null || !wanted) return;
    const page = await call("issue_list", { ...wanted, after: now.next, limit: PAGE });
    if (asked.data !== base) return;
    depth = now.rows.length + page.rows.length;
    further = { ...page, rows: [...now.rows, ...page.rows], of: base };
  }

  return {
    get rows(): IssueRow[] {
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
