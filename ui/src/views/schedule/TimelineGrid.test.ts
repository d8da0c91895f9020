import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { Moving } from "./moving.svelte";
import { lines } from "./people";
import TimelineGrid from "./TimelineGrid.svelte";

afterEach(cleanup);

const nothing = () => undefined;
const span = {
  from: new Date("2026-11-30T00:00").getTime(),
  to: new Date("2026-12-07T00:00").getTime(),
};
const row = {
  product: "shop",
  product_name: "Shop",
  environment: "production",
  environment_name: "Production",
  deployments: [],
  spans: [],
};
function show(count: number) {
  const people = Array.from({ length: count }, (_, n) => ({
    person: `p${n}`,
    name: `Person ${n}`,
    spans: [
      {
        entry: `free-${n}`,
        name: "Course",
        purpose: n % 2 === 0 ? ("absence" as const) : ("duty" as const),
        start: new Date("2026-12-01T09:00").toISOString(),
        end: new Date("2026-12-02T17:00").toISOString(),
        days: null,
        stands_in: false,
      },
    ],
  }));
  render(TimelineGrid, {
    rows: [row],
    people: lines(people),
    span,
    zoom: "week",
    moving: new Moving(),
    onselect: nothing,
    onopen: nothing,
    onedit: nothing,
    ondrop: nothing,
  });
}

it("names who is away and who is on duty, and leads to the entry that says so", () => {
  show(2);
  const away = screen.getByRole("link", { name: /^Person 0 is away: Course, / });
  expect(away.getAttribute("href")).toBe("#/settings/calendars/free-0");
  expect(screen.getByRole("link", { name: /^Person 1 is on duty: Course, / })).toBeTruthy();
  expect(screen.getByRole("region", { name: "Person 1" })).toBeTruthy();
});

it("of two thousand people draws those in sight, and arrows go from one to the next", async () => {
  show(2000);
  expect(screen.getAllByRole("link").length).toBeLessThan(60);
  const user = userEvent.setup();
  await user.tab();
  expect(document.activeElement?.textContent).toContain("Person 0 is away");
  await user.keyboard("{ArrowDown}");
  expect(document.activeElement?.textContent).toContain("Person 1 is on duty");
  await user.keyboard("{End}");
  expect(document.activeElement?.textContent).toContain("Person 1999 is on duty");
});

it("without anybody there is no heading for people", () => {
  show(0);
  expect(screen.queryByText(/away or on duty/)).toBeNull();
});
