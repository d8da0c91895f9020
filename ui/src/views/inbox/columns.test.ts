import { expect, it } from "vitest";
import type { IssueRow } from "../../rpc/generated";
import { columns, said, usual, type Column } from "./columns";

const row: IssueRow = {
  key: "ISS-7",
  title: "t",
  state: "needs_info",
  priority: null,
  product: "shop",
  component: "cart",
  version: "4.8",
  environment: "production",
  affected: 3,
  reporter: "Ann",
  owner: null,
  team: "web",
  hotfix: null,
  reported_at: "2026-11-24T10:00:00Z",
  changed_at: "2026-11-24T11:00:00Z",
  clock: null,
};
const names = {
  product: (id: string | null) => (id === "shop" ? "Shop" : ""),
  person: (id: string | null) => (id === "web" ? "Web team" : ""),
};

it("each column says its fact, and nothing where there is none", () => {
  const at = Date.parse("2026-11-24T12:00:00Z");
  const all = (Object.keys(columns) as Column[]).map((one) => said(row, one, names, at));
  expect(all).toEqual(
    ["ISS-7", "Shop 4.8", "cart", "production", "3 affected", "Needs info", "Ann", ""].concat([
      expect.stringContaining("2 hr") as string,
      expect.stringContaining("1 hr") as string,
      "Web team",
    ]),
  );
  expect(usual.every((one) => one in columns)).toBe(true);
});
