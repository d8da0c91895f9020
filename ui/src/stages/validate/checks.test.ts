import { expect, test } from "vitest";
import type { Check, CheckKind, CheckResult } from "../../rpc/generated";
import { groups, reason, summary, toRun } from "./checks";

function check(id: string, kind: CheckKind, result: CheckResult | null, hash = "now"): Check {
  const item = {
    id,
    kind,
    text: id,
    expected: "",
    instructions: "",
    required: true,
    how: { by: "manual" },
  };
  const evidence = { text: "", link: "" };
  return {
    item,
    result,
    hash,
    at: null,
    by: null,
    by_machine: false,
    evidence,
    attachments: [],
  } as Check;
}

test("checks stand under their kinds, in the order of the words and then of the template", () => {
  const all = [
    check("c", "acceptance", null),
    check("a", "functional", null),
    check("d", "acceptance", null),
    check("b", "functional", null),
  ];
  const laid = groups(all).map((group) => [group.kind, group.checks.map((one) => one.item.id)]);
  expect(laid).toEqual([
    ["functional", ["a", "b"]],
    ["acceptance", ["c", "d"]],
  ]);
  expect(groups([])).toEqual([]);
});

test("only answers about what is there now are counted", () => {
  const checks = [
    check("a", "functional", "passed"),
    check("b", "functional", "failed"),
    check("c", "functional", "waived"),
    check("d", "functional", "passed", "before"),
    check("e", "functional", null),
  ];
  expect(summary({ checks, hash: "now" })).toBe("3 of 5 answered · 1 failed · 1 waived");
  expect(summary({ checks: checks.slice(3), hash: "now" })).toBe("0 of 2 answered");
});

test("a suggestion says why it is one and how often it was not good", () => {
  const why = "cart/total.py, also in HF-7, where it failed";
  expect(reason({ why, times: 3 })).toBe(`${why} · not good 3 times`);
  expect(reason({ why, times: 1 })).toBe(why);
  expect(reason({ why: "Cart, of the checklist Till", times: 0 })).toBe(
    "Cart, of the checklist Till",
  );
});

test("all that is automatic and open is run, also what was answered about other bytes", () => {
  const how = {
    by: "prometheus",
    url: "http://p",
    query: "up",
    at_least: 1,
    at_most: null,
  } as const;
  const made = (...of: Parameters<typeof check>) => {
    const one = check(...of);
    return { ...one, item: { ...one.item, how } } as Check;
  };
  const checks = [
    check("by hand", "functional", null),
    made("open", "functional", null),
    made("failed", "functional", "failed"),
    made("void", "functional", "passed", "before"),
  ];
  expect(toRun({ checks, hash: "now" }).map((one) => one.item.id)).toEqual(["open", "void"]);
});
