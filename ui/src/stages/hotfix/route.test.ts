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
  later: [],
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

test("a standard change that does not cover it, and a “not now”, lead to the words themselves", () => {
  expect(wayOut(blocker("standard_change", "approve"), ship)).toMatchObject({
    part: "classify",
    open: true,
  });
  expect(wayOut(blocker("stakeholder_objects", "schedule"), ship)).toMatchObject({
    part: "answers-DEP-7",
    open: true,
  });
});

test("an unticked procedure leads to the deployment that has it", () => {
  expect(wayOut(blocker("procedure_open", "procedure"), ship).part).toBe("procedure-DEP-7");
  expect(partOf("procedure", ship)).toBe("procedure-DEP-7");
});

test("a run that holds is decided on its own screen", () => {
  expect(wayOut(blocker("targets_open", "deploy"), ship).href).toBe("#/deployment/DEP-7");
});

test("people who are not told lead to a message with the hot fix and the purpose filled in", () => {
  expect(wayOut(blocker("stakeholders_untold", "announce"), ship).href).toBe(
    "#/messages/new?hotfix=HF-3&purpose=scheduled",
  );
  const close: Ship = { ...ship, gate: "close" };
  expect(wayOut(blocker("people_untold", "announce"), close).href).toBe(
    "#/messages/new?hotfix=HF-3&purpose=fixed",
  );
  expect(wayOut(blocker("call_backs_open", "announce"), close).href).toBe(
    "#/messages/calls?hotfix=HF-3",
  );
});

test("what the watch found is dealt with beside its charts", () => {
  for (const code of ["still_monitoring", "breach_open", "recurred"]) {
    expect(wayOut(blocker(code, "monitor"), ship).href).toBe("#/monitoring/HF-3");
  }
});

test("a silent endpoint leads to that endpoint, an environment without targets to its product", () => {
  const about = (object?: string) =>
    wayOut({ ...blocker("endpoint_silent", "endpoint"), ...(object && { object }) }, ship).href;
  expect(about("endpoint/deployer")).toBe("#/settings/endpoints/deployer");
  expect(about("product/shop")).toBe("#/settings/products/shop");
  expect(about()).toBe("#/settings/endpoints");
});

test("a section of a newer core still leads somewhere", () => {
  expect(wayOut(blocker("new_one", "attest"), ship).part).toBe("attest");
});
