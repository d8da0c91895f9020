import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { DutyRow } from "../../rpc/generated";
import { answering } from "../../rpc/testing";
import OnDuty from "./OnDuty.svelte";
import OnDutyThen from "./OnDutyThen.svelte";

const names: Record<string, string> = { mara: "Mara Kovac", tom: "Tom Reed" };
const name = (person: string) => names[person] ?? person;
const row = (more: Partial<DutyRow> = {}): DutyRow => ({
  products: [],
  name: "",
  has_rota: true,
  now: [{ person: "mara", from: "2026-11-23T08:00:00Z", until: "2099-11-30T08:00:00Z" }],
  next: [{ person: "tom", from: "2099-11-30T08:00:00Z", until: null }],
  turns: [],
  gaps: [],
  all_gaps: 0,
  clashes: [],
  ...more,
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

it("says who is on duty for each product that differs", () => {
  const wiki = row({ products: ["wiki"], name: "Wiki", now: [], all_gaps: 1 });
  render(OnDuty, { rows: [row({ products: ["shop"], name: "Shop" }), wiki], name });
  const region = screen.getByRole("region", { name: "On duty now" });
  expect(region.textContent).toContain("Mara Kovac");
  expect(region.textContent).toContain("next: Tom Reed");
  expect(region.textContent).toContain("Nobody");
  expect(screen.getByRole("link", { name: "1 gap ahead" })).toBeTruthy();
});

it("says nothing where there is no rota", () => {
  render(OnDuty, { rows: [row({ has_rota: false, now: [], next: [] })], name });
  expect(screen.queryByRole("region")).toBeNull();
});

it("puts whoever is on duty at that time on a plan with one press, and not twice", async () => {
  const asked: unknown[] = [];
  const span = { start: "2026-11-23T08:00:00Z", end: "2026-11-30T08:00:00Z" };
  const turn = (person: string) => ({ span, person, entry: person, stands_in: false });
  answering((_, request) => {
    asked.push(request);
    return { at: "", zone: "UTC", rows: [row({ turns: [turn("mara"), turn("tom")] })] };
  });
  const taken: string[][] = [];
  render(OnDutyThen, {
    product: "shop",
    from: "2026-11-24T08:00:00Z",
    to: "2026-11-24T10:00:00Z",
    name,
    chosen: ["tom"],
    ontake: (people: string[]) => taken.push(people),
  });
  await userEvent.setup().click(await screen.findByRole("button", { name: /Mara Kovac/ }));
  expect(taken).toEqual([["tom", "mara"]]);
  expect(screen.queryByRole("button", { name: /Tom Reed/ })).toBeNull();
  expect(asked).toEqual([
    { at: "2026-11-24T08:00:00Z", to: "2026-11-24T10:00:00Z", product: "shop" },
  ]);
});
