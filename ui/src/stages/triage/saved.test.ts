import { afterEach, beforeEach, expect, it } from "vitest";
import { ApiError, useTransport } from "../../rpc/client";
import { answering } from "../../rpc/testing";
import { usual } from "../../views/inbox/columns";
import { kept, parse } from "./saved.svelte";

let drafts: Record<string, string> = {};
let fails = false;

beforeEach(() => {
  drafts = {};
  fails = false;
  kept.reset();
  answering((name, request) => {
    const draft = String(request["name"]);
    if (name === "draft_load") return { text: drafts[draft] ?? "" };
    if (fails) throw new ApiError("offline", "The disk is full.");
    drafts[draft] = String(request["text"]);
    return {};
  });
});
afterEach(() => useTransport(undefined));

it("keeps filters by name and columns in order, and finds them again", async () => {
  await kept.load("rita");
  await kept.keep("Mine, burning", "mine=1&risk=1");
  await kept.keep("Shop", "product=shop");
  await kept.keep("Shop", "product=shop&sort=affected");
  await kept.show(["owner", "key"]);
  kept.reset();
  await kept.load("rita");
  expect(kept.filters.map((one) => one.query)).toEqual([
    "mine=1&risk=1",
    "product=shop&sort=affected",
  ]);
  expect(kept.columns).toEqual(["owner", "key"]);
  await kept.forget("Mine, burning");
  expect(kept.filters.map((one) => one.name)).toEqual(["Shop"]);
});

it("shows nothing as kept that was not", async () => {
  await kept.load("rita");
  fails = true;
  await expect(kept.keep("Shop", "product=shop")).rejects.toThrow("full");
  expect(kept.filters).toEqual([]);
});

it("reads what another version wrote, as far as it can", () => {
  expect(parse("{broken").columns).toEqual([...usual]);
  expect(
    parse('{"filters":[{"name":"a"},{"name":"b","query":""}],"columns":["key","lost"]}'),
  ).toEqual({ filters: [{ name: "b", query: "" }], columns: ["key"] });
});
