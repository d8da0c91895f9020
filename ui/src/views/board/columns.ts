//! Hot fixes by stage: which columns there are, and what stands on top of each.

import type { HotfixRow, Product } from "../../rpc/generated";

export interface BoardColumn {
  id: string;
  label: string;
  rows: HotfixRow[];
}

const RANK = { P1: 1, P2: 2, P3: 3, P4: 4, P5: 5 } as const;

/** What waits for me first, then what waits for anybody, what burns most, what is due first. */
export function byUrgency(mine: ReadonlySet<string>): (a: HotfixRow, b: HotfixRow) => number {
  const rank = (row: HotfixRow) => (row.priority ? RANK[row.priority] : 9);
  const due = (row: HotfixRow) => (row.resolve_by ? Date.parse(row.resolve_by) : Infinity);
  return (a, b) =>
    Number(mine.has(b.key)) - Number(mine.has(a.key)) ||
    Number(b.waits) - Number(a.waits) ||
    rank(a) - rank(b) ||
    compare(due(a), due(b)) ||
    Date.parse(a.started_at) - Date.parse(b.started_at);
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Development, a column for each environment of the products shown, Monitoring, Closed.
 *  Environments that bear the same name in several products share a column. */
export function columnsOf(
  rows: HotfixRow[],
  products: Product[],
  mine: ReadonlySet<string>,
): BoardColumn[] {
  const sorted = rows.toSorted(byUrgency(mine));
  const shown = new Set(rows.map((row) => row.product));
  const environments = new Map<string, string>();
  const longest = products
    .filter((p) => shown.size === 0 || shown.has(p.id))
    .toSorted((a, b) => b.environments.length - a.environments.length);
  for (const product of longest) {
    for (const { id, name } of product.environments) {
      if (!environments.has(id)) environments.set(id, name);
    }
  }
  for (const row of rows) {
    if (row.phase === "rollout" && !environments.has(row.environment)) {
      environments.set(row.environment, row.environment || "Rollout");
    }
  }
  const of = (test: (row: HotfixRow) => boolean) => sorted.filter(test);
  return [
    { id: "development", label: "Development", rows: of((r) => r.phase === "development") },
    ...[...environments].map(([id, label]) => ({
      id: `rollout-${id}`,
      label,
      rows: of((r) => r.phase === "rollout" && r.environment === id),
    })),
    { id: "monitoring", label: "Monitoring", rows: of((r) => r.phase === "monitoring") },
    {
      id: "closed",
      label: "Closed",
      rows: of((r) => r.phase === "closed" || r.phase === "cancelled"),
    },
  ];
}
