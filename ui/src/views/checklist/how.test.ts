import { expect, test } from "vitest";
import type { Assertion } from "../../rpc/generated";
import { asks, outcome, said } from "./how";

test("what a check asks and expects is told in parts", () => {
  expect(asks({ by: "manual" })).toEqual([]);
  const url = "https://shop.example.org/healthz";
  const http = { by: "http", method: "GET", url, access: null, body: "" } as const;
  const assertions: Assertion[] = [
    { on: "status", is: 200 },
    { on: "json", path: "$.ok", equals: "true" },
    { on: "header", name: "Content-Type", like: "contains", value: "json" },
    { on: "header", name: "X-Version", like: "is", value: "1.0" },
    { on: "text", contains: "total" },
    { on: "millis", at_most: 800 },
  ];
  expect(asks({ ...http, assertions })).toEqual([
    "GET https://shop.example.org/healthz",
    "200",
    "$.ok = true",
    "Content-Type has json",
    "X-Version = 1.0",
    "“total”",
    "≤ 800 ms",
  ]);
  const query = { by: "prometheus", url: "http://p", access: null, query: "up" } as const;
  expect(asks({ ...query, at_least: 1, at_most: null })).toEqual(["up", "≥ 1"]);
  expect(asks({ ...query, at_least: 0, at_most: 2 })).toEqual(["up", "≥ 0", "≤ 2"]);
});

test("what a run said is told line by line, and what is wrong stands out", () => {
  const text = "GET http://x/ answered 500 in 3 ms\nNot as expected: answers 500 instead of 200\n";
  expect(said(text)).toEqual([
    { text: "GET http://x/ answered 500 in 3 ms", wrong: false },
    { text: "answers 500 instead of 200", wrong: true },
  ]);
  expect(said("")).toEqual([]);
});

test("what came of a run is counted", () => {
  expect(
    outcome([{ result: "passed" }, { result: "failed" }, { result: null }, { result: "passed" }]),
  ).toBe("2 passed, 1 failed, 1 could not be run");
  expect(outcome([])).toBe("Every automatic check is answered");
});
