import { describe, expect, it } from "vitest";
import type { WaitingItem, WaitingKind } from "../../rpc/generated";
import { grouped, groups, placeOf } from "./waiting";

const item = (kind: WaitingKind, key: string, more: Partial<WaitingItem> = {}): WaitingItem => ({
  kind,
  key,
  hotfix: null,
  priority: null,
  title: "t",
  what: "w",
  section: "",
  due: null,
  since: null,
  ...more,
});

describe("waiting for me", () => {
  it("leads to where each is cleared", () => {
    expect(placeOf(item("triage", "ISS-4"))).toBe("/inbox/ISS-4");
    expect(placeOf(item("approval", "HF-2", { section: "approve" }))).toBe("/fix/HF-2/approve");
    expect(placeOf(item("decision", "DEP-7", { hotfix: "HF-2" }))).toBe("/deployment/DEP-7");
    expect(placeOf(item("call_back", "ISS-4", { hotfix: "HF-2" }))).toBe(
      "/messages/calls?hotfix=HF-2",
    );
    expect(placeOf(item("failed", "MSG-1", { hotfix: "HF-2" }))).toBe("/messages/MSG-1");
    expect(placeOf(item("notice", "DEP-7", { hotfix: "HF-2", section: "schedule" }))).toBe(
      "/fix/HF-2/schedule",
    );
    expect(placeOf(item("source", "alerts"))).toBe("/settings/sources/alerts");
    expect(placeOf(item("published", "team"))).toBe("/settings/published-calendars/team");
    expect(placeOf(item("breach", "HF-2", { section: "monitor" }))).toBe("/monitoring/HF-2");
  });

  it("shows decisions before triage and nothing empty", () => {
    const shown = grouped([item("triage", "ISS-1"), item("decision", "DEP-1")]);
    expect(shown.map((g) => g.title)).toEqual(["Needs a decision now", "To triage"]);
  });

  it("has a group for every kind", () => {
    // The compiler asks for one that is new.
    const kinds: Record<WaitingKind, true> = {
      decision: true,
      breach: true,
      doubt: true,
      approval: true,
      missed: true,
      notice: true,
      update: true,
      unassigned: true,
      check: true,
      sign_off: true,
      blocker: true,
      start: true,
      deadline: true,
      mention: true,
      triage: true,
      call_back: true,
      review: true,
      failed: true,
      source: true,
      published: true,
      close: true,
    };
    const all = groups.flatMap((g) => g.kinds);
    expect([...all].sort()).toEqual(Object.keys(kinds).sort());
  });
});
