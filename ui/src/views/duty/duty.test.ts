import { expect, it } from "vitest";
import type { DutyRow, OnDuty } from "../../rpc/generated";
import { changesAt, nextWords, troubleWords, until } from "./duty";

const now = Date.parse("2026-11-24T12:00:00Z");
const one = (person: string, from: string, to: string | null): OnDuty => ({
  person,
  from,
  until: to,
});
const row = (more: Partial<DutyRow>): DutyRow => ({
  products: [],
  name: "",
  has_rota: true,
  now: [],
  next: [],
  turns: [],
  gaps: [],
  all_gaps: 0,
  clashes: [],
  ...more,
});
const name = (person: string) => person.toUpperCase();

it("says who comes next, and when only where nobody hands over to them", () => {
  const mara = one("mara", "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z");
  const tom = one("tom", "2026-11-30T08:00:00Z", null);
  expect(nextWords(row({ now: [mara], next: [tom] }), name, now)).toBe("next: TOM");
  expect(nextWords(row({ next: [tom] }), name, now)).toMatch(/^next: TOM from .+/);
  expect(nextWords(row({ now: [mara] }), name, now)).toBe("");
  expect(until(mara, now)).toMatch(/^until .+/);
  expect(until(tom, now)).toBe("");
});

it("knows when what it says is not true any more", () => {
  const mara = one("mara", "2026-11-23T08:00:00Z", "2026-11-30T08:00:00Z");
  const rita = one("rita", "2026-11-25T08:00:00Z", null);
  expect(changesAt([row({ now: [mara], next: [rita] })])).toBe(Date.parse(rita.from));
  expect(changesAt([row({})])).toBeUndefined();
});

it("counts gaps and clashes over all rows", () => {
  const span = { start: "2026-11-25T08:00:00Z", end: "2026-11-26T08:00:00Z" };
  const clash = { person: "mara", span };
  expect(troubleWords([row({ all_gaps: 2 }), row({ clashes: [clash] })])).toBe(
    "2 gaps and 1 clash ahead",
  );
  expect(troubleWords([row({})])).toBe("");
});
