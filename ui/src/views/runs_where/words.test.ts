import { expect, test } from "vitest";
import type { TargetTold } from "../../rpc/generated";
import { disagreement, knownHow, outcome } from "./words";

const told = (target: string, more: Partial<TargetTold>): TargetTold => ({
  target,
  endpoint: "agent",
  version: "",
  commit: "",
  package: "",
  error: "",
  ...more,
});
const name = (id: string) => id.toUpperCase();

test("who says so is named", () => {
  expect(knownHow({ by: "endpoint", who: "agent" }, name, name)).toBe("told by AGENT");
  expect(knownHow({ by: "person", who: "rita" }, name, name)).toBe("recorded by RITA");
  expect(knownHow({ by: "deployment", who: "DEP-3" }, name, name)).toBe("deployed, DEP-3");
  expect(knownHow(null, name, name)).toBe("");
});

test("only targets that differ, or of which one is lost, are worth a line", () => {
  const [one, other] = [told("eu", { version: "4.8.1" }), told("us", { version: "4.8.0" })];
  expect(disagreement([one, { ...one, target: "us" }])).toBe("");
  expect(disagreement([one, other])).toBe("eu runs 4.8.1, us runs 4.8.0");
  expect(disagreement([one, told("us", { error: "no route" })])).toBe(
    "eu runs 4.8.1, us did not answer",
  );
  expect(disagreement([told("eu", { error: "no route" })])).toBe("");
  expect(disagreement([told("eu", {})])).toBe("");
});

test("after asking a sentence says what came of it", () => {
  const targets = [told("eu", { version: "4.8.1" })];
  expect(outcome({ heard: "recorded", targets }, "Shop · Production").title).toBe(
    "Shop · Production runs 4.8.1: recorded.",
  );
  const lost = outcome({ heard: "unclear", targets: [told("eu", { error: "no route" })] }, "Shop");
  expect(lost.detail).toBe("eu: no route");
});
