import { expect, test } from "vitest";
import type { Check, CheckKind, CheckResult } from "../../rpc/generated";
import { failedBefore, groups, summary } from "./checks";

function check(id: string, kind: CheckKind, result: CheckResult | null, hash = "now"): Check {
  const item = { id, kind, text: id, expected: "", instructions: "", required: true };
  const evidence = { text: "", link: "" };
  return { item, result, hash, at: null, by: null, evidence, attachments: [] } as Check;
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

test("a suggestion says what it has in common and how often it was not good", () => {
  expect(failedBefore({ components: ["Checkout", "Cart"], times: 3 })).toBe(
    "Checkout, Cart · not good 3 times, last in",
  );
  expect(failedBefore({ components: [], times: 1 })).toBe("not good in");
});
