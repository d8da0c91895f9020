import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import Matrix from "./Matrix.svelte";

const levels = ["high", "medium", "low"];
const sides = levels.map((l) => ({ value: l, label: l }));
const cell = (r: string, c: string) => ({
  label: `P${levels.indexOf(r) + levels.indexOf(c) + 1}`,
  tone: "p1" as const,
});
function show(extra = {}) {
  const onchange = vi.fn();
  render(Matrix, {
    label: "Triage",
    rowTitle: "Impact",
    columnTitle: "Urgency",
    rows: sides,
    columns: sides,
    cell,
    onchange,
    ...extra,
  });
  return onchange;
}

describe("the matrix", () => {
  it("names each cell by both answers and what they give", () => {
    show();
    expect(screen.getByRole("button", { name: "Impact high, Urgency low: P3" })).toBeTruthy();
  });

  it("is chosen by a click, and lights that cell alone", async () => {
    const onchange = show();
    await userEvent.click(screen.getByRole("button", { name: /Impact medium, Urgency low/ }));
    expect(onchange).toHaveBeenCalledWith({ row: "medium", column: "low" });
    expect(screen.getAllByRole("gridcell", { selected: true }).length).toBe(1);
  });

  it("is walked by arrows and chosen by Enter, stopping at its borders", async () => {
    const onchange = show();
    const user = userEvent.setup();
    await user.tab();
    await user.keyboard("{ArrowLeft}{ArrowRight}{ArrowDown}{Enter}");
    expect(onchange).toHaveBeenCalledWith({ row: "medium", column: "medium" });
  });

  it("is one stop for Tab, at the chosen cell", () => {
    show({ value: { row: "low", column: "high" } });
    const stops = screen.getAllByRole("button").filter((b) => b.tabIndex === 0);
    expect(stops.map((b) => b.getAttribute("aria-label"))).toEqual([
      "Impact low, Urgency high: P3",
    ]);
  });
});
