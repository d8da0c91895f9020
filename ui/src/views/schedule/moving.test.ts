import { describe, expect, it } from "vitest";
import type { DeploymentRow } from "../../rpc/generated";
import { conflictsOf } from "./layout";
import { Moving } from "./moving.svelte";

const start = Date.UTC(2026, 10, 24, 16);
const iso = (at: number) => new Date(at).toISOString();
const row = {
  key: "DEP-1",
  state: "planned",
  starts_at: iso(start),
  window_ends_at: iso(start + 3_600_000),
} as DeploymentRow;

describe("moving a deployment", () => {
  it("arrows move what is lifted, Escape puts it back", () => {
    const moving = new Moving();
    moving.lift(row);
    moving.step(1, "day");
    moving.step(1, "day");
    expect(moving.lifted?.start).toBe(start + 10 * 60_000);
    moving.cancel();
    expect(moving.drop()).toBeUndefined();
  });
  it("a press that hardly moves is a click, a drag lands on a step and eats its click", () => {
    const moving = new Moving();
    moving.press(row, 100);
    moving.carry(row, 103, 60_000, "day");
    expect(moving.lifted).toBeUndefined();
    expect(moving.drop()).toBeUndefined();
    expect(moving.ate()).toBe(false);
    moving.press(row, 100);
    moving.carry(row, 123, 60_000, "day");
    expect(moving.drop()?.start).toBe(start + 25 * 60_000);
    expect(moving.ate()).toBe(true);
    expect(moving.ate()).toBe(false);
  });
  it("what has started cannot be lifted", () => {
    const moving = new Moving();
    moving.lift({ ...row, state: "deploying" });
    expect(moving.lifted).toBeUndefined();
    expect(moving.press({ ...row, state: "done" }, 0)).toBe(false);
  });
  it("the window keeps its length", () => {
    const asked = conflictsOf(row, start + 60_000);
    expect(asked.window_ends_at).toBe(iso(start + 3_660_000));
    expect(asked.deployment).toBe("DEP-1");
  });
});
