import { expect, test } from "vitest";
import type { HotfixRow, Product } from "../../rpc/generated";
import { byUrgency, columnsOf } from "./columns";

const row = (key: string, more: Partial<HotfixRow> = {}): HotfixRow => ({
  key,
  title: key,
  phase: "development",
  environment: "",
  priority: "P3",
  product: "shop",
  owner: null,
  revision: null,
  affected: 1,
  issues: 1,
  started_at: "2026-11-24T08:00:00Z",
  resolve_by: null,
  blockers: [],
  waits: false,
  ...more,
});
const product = (id: string, ...environments: string[]) =>
  ({ id, environments: environments.map((e) => ({ id: e, name: e.toUpperCase() })) }) as Product;
const keys = (rows: HotfixRow[]) => rows.map((r) => r.key);

test("what waits for me stands above a worse one that does not", () => {
  const rows = [row("HF-1", { priority: "P1" }), row("HF-2", { priority: "P4" })];
  expect(keys(rows.toSorted(byUrgency(new Set(["HF-2"]))))).toEqual(["HF-2", "HF-1"]);
});

test("a held run or an open breach stands above priority, and priority above the deadline", () => {
  const rows = [
    row("HF-1", { priority: "P2", resolve_by: "2026-11-24T09:00:00Z" }),
    row("HF-2", { priority: "P1" }),
    row("HF-3", { priority: "P5", waits: true }),
  ];
  expect(keys(rows.toSorted(byUrgency(new Set())))).toEqual(["HF-3", "HF-2", "HF-1"]);
});

test("without a deadline one stands below its equals that have one", () => {
  const rows = [row("HF-1"), row("HF-2", { resolve_by: "2026-11-30T09:00:00Z" })];
  expect(keys(rows.toSorted(byUrgency(new Set())))).toEqual(["HF-2", "HF-1"]);
});

test("each environment of the path is a column, in its order", () => {
  const columns = columnsOf(
    [row("HF-1", { phase: "rollout", environment: "production" })],
    [product("shop", "staging", "production"), product("app", "production")],
    new Set(),
  );
  expect(columns.map((c) => c.label)).toEqual([
    "Development",
    "STAGING",
    "PRODUCTION",
    "Monitoring",
    "Closed",
  ]);
  expect(keys(columns[2]?.rows ?? [])).toEqual(["HF-1"]);
});

test("no hot fix is lost when the catalog no longer has its environment", () => {
  const rows = [row("HF-1", { phase: "rollout", environment: "canary" })];
  const columns = columnsOf(rows, [product("shop", "staging")], new Set());
  expect(columns.flatMap((c) => keys(c.rows))).toEqual(["HF-1"]);
});
