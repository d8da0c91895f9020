import { describe, expect, it } from "vitest";
import type { DeploymentRow, ScheduleRow } from "../../rpc/generated";
import { byDay, entries, inSight, MOST_LANES, place, tops } from "./layout";

const HOUR = 3_600_000;
const from = Date.UTC(2026, 10, 23);
const span = { from, to: from + 90 * 24 * HOUR };
const iso = (at: number) => new Date(at).toISOString();

function planned(number: number, at: number, length = HOUR): DeploymentRow {
  return {
    key: `DEP-${number}`,
    hotfix: `HF-${number}`,
    title: "",
    product: "shop",
    environment: "production",
    revision: 1,
    state: "planned",
    starts_at: iso(at),
    window_ends_at: iso(at + length),
    automatic: false,
    expected: {
      duration_minutes: 0,
      disruption: "unsaid",
      on_duty: [],
      remind_minutes: [],
      notices: null,
    },
    held: false,
    started_at: null,
    ended_at: null,
  };
}
function row(name: string, deployments: DeploymentRow[], spans: ScheduleRow["spans"] = []) {
  return {
    product: name,
    product_name: name,
    environment: "production",
    environment_name: "Production",
    deployments,
    spans,
  } satisfies ScheduleRow;
}

describe("where deployments lie", () => {
  it("two at once lie in two lanes, one after another in one", () => {
    const list = [planned(1, from), planned(2, from + HOUR / 2), planned(3, from + 2 * HOUR)];
    const { blocks, lanes } = place(list, span, 1, from);
    expect(blocks.map((b) => b.lane)).toEqual([0, 1, 0]);
    expect(lanes).toBe(2);
  });
  it("what is too short to be hit is given room", () => {
    const list = [planned(1, from, 60_000), planned(2, from + 120_000, 60_000)];
    expect(place(list, span, HOUR, from).blocks.map((b) => b.lane)).toEqual([0, 1]);
  });
  it("what finds no lane is counted, not piled up", () => {
    const list = Array.from({ length: 20 }, (_, n) => planned(n, from));
    const placed = place(list, span, 1, from);
    expect(placed.blocks).toHaveLength(MOST_LANES);
    expect(placed.hidden).toBe(20 - MOST_LANES);
  });
  it("what runs reaches until now", () => {
    const running = { ...planned(1, from), started_at: iso(from), state: "deploying" as const };
    const [block] = place([running], span, 1, from + 5 * HOUR).blocks;
    expect(block?.to).toBe(from + 5 * HOUR);
  });
});

describe("only what is in sight is drawn", () => {
  it("finds the rows by where they begin", () => {
    const starts = tops([50, 100, 50, 50]);
    expect(starts).toEqual([0, 50, 150, 200, 250]);
    expect(inSight(starts, 60, 50, 0)).toEqual([1, 2]);
    expect(inSight(starts, 140, 70, 0)).toEqual([1, 4]);
    expect(inSight(starts, 0, 1000, 0)).toEqual([0, 4]);
    expect(inSight(tops([]), 0, 100)).toEqual([0, 0]);
  });
  it("five thousand in a hundred rows are laid out within a frame or two, and few are drawn", () => {
    const rows = Array.from({ length: 100 }, (_, r) =>
      row(
        `p${r}`,
        Array.from({ length: 50 }, (_, n) => planned(r * 50 + n, from + n * 40 * HOUR)),
      ),
    );
    const began = performance.now();
    const placed = rows.map((one) => place(one.deployments, span, 12 * HOUR, from));
    const starts = tops(placed.map((one) => 30 + one.lanes * 24));
    const [first, behind] = inSight(starts, 3000, 800);
    const took = performance.now() - began;
    expect(placed.reduce((sum, one) => sum + one.blocks.length + one.hidden, 0)).toBe(5000);
    expect(behind - first).toBeLessThan(25);
    // Far above what it takes, so that a busy machine does not fail it.
    expect(took).toBeLessThan(500);
  });
});

describe("days", () => {
  const freeze = {
    id: "payroll",
    name: "Payroll",
    purpose: "freeze" as const,
    components: [],
    targets: [],
    people: [],
    start: iso(from + 12 * HOUR),
    end: iso(from + 60 * HOUR),
  };
  it("a freeze of several environments is one entry, on each of its days", () => {
    const all = entries([row("a", [planned(1, from)], [freeze]), row("b", [], [freeze])], from);
    expect(all).toHaveLength(2);
    expect(all[1]?.place).toBe("a · Production and 1 more");
    const days = byDay(all, { from, to: from + 4 * 24 * HOUR });
    expect(days.map((d) => d.entries.length)).toEqual([2, 1, 1, 0]);
  });
  it("what began before is on the first day that is shown", () => {
    const all = entries([row("a", [], [freeze])], from);
    const days = byDay(all, { from: from + 24 * HOUR, to: from + 48 * HOUR });
    expect(days.map((d) => d.entries.length)).toEqual([1]);
  });
});
