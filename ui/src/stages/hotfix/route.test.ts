import { expect, test } from "vitest";
import type { Blocker, Ship } from "../../rpc/generated";
import { partOf, wayOut } from "./route";

const blocker = (code: string, section: string): Blocker => ({
  code,
  section,
  message: "",
  who: [],
  remedy: "",
  hard: false,
  override_roles: [],
  until: null,
});
const ship: Ship = {
  hotfix: "HF-3",
  gate: "start",
  environment: "prod",
  deployment: "DEP-7",
  blockers: [],
  passed: [],
  next_slot: null,
};

test("what Development lacks opens the form that records it", () => {
  expect(wayOut(blocker("cause_missing", "develop"), ship)).toEqual({
    name: "root cause",
    part: "cause",
    open: true,
  });
});

test("a missing approval leads to the environment that wants it", () => {
  expect(wayOut(blocker("approval_missing", "approve"), ship).part).toBe("approve-prod");
});

test("an unticked procedure leads to the deployment that has it", () => {
  expect(wayOut(blocker("procedure_open", "procedure"), ship).part).toBe("procedure-DEP-7");
  expect(partOf("procedure", ship)).toBe("procedure-DEP-7");
});

test("a run that holds is decided on its own screen", () => {
  expect(wayOut(blocker("targets_open", "deploy"), ship).href).toBe("#/deployment/DEP-7");
});

test("a section of a newer core still leads somewhere", () => {
  expect(wayOut(blocker("new_one", "attest"), ship).part).toBe("attest");
});
