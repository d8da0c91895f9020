import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { FreeSlot, FreeSlots } from "../../rpc/generated";
import Slots from "./Slots.svelte";

/** A core with this many free hours, the first of them in a while. */
let free: number;
let asked: FreeSlots[];
const HOUR = 3_600_000;
const slot = (n: number): FreeSlot => ({
  start: new Date(Date.UTC(2030, 0, 1) + n * 2 * HOUR).toISOString(),
  end: new Date(Date.UTC(2030, 0, 1) + (n * 2 + 1) * HOUR).toISOString(),
  why: `The ${n}th.`,
  time: "off_hours",
  parts: [],
});
const request: FreeSlots = {
  product: "shop",
  environment: "production",
  targets: null,
  minutes: 60,
  from: null,
  count: 12,
  path: false,
  hotfix: null,
  deployment: null,
  disruption: "unsaid",
  on_duty: [],
};

beforeEach(() => {
  [free, asked] = [200, []];
  useTransport({
    invoke: async (_, args) => {
      const { request } = args as { request: FreeSlots };
      asked.push(request);
      return Array.from({ length: Math.min(free, request.count ?? 5) }, (_, n) => slot(n));
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});
const listed = () =>
  within(screen.getByRole("region", { name: "Free slots" })).getAllByRole("listitem").length;

describe("free slots", () => {
  it("begin with a few, and go on to a hundred when asked", async () => {
    const user = userEvent.setup();
    let taken: string | undefined;
    render(Slots, { request, taken: null, ontake: (slot: FreeSlot) => (taken = slot.start) });
    await user.click(await screen.findByRole("button", { name: "8 more" }));
    expect(listed()).toBe(12);
    await user.click(screen.getByRole("button", { name: /^Up to 100/ }));
    await waitFor(() => expect(listed()).toBe(100));
    expect(screen.getByText("100 free slots within 90 days")).toBeTruthy();
    expect(asked.map((one) => one.count)).toEqual([12, 100]);
    await user.click(screen.getByText("The 99th."));
    expect(taken).toBe(slot(99).start);
    await user.click(screen.getByRole("button", { name: "Fewer" }));
    await waitFor(() => expect(listed()).toBe(4));
  });

  it("offer no more than there are", async () => {
    free = 7;
    const user = userEvent.setup();
    render(Slots, { request, taken: null, ontake: () => {} });
    await user.click(await screen.findByRole("button", { name: "3 more" }));
    expect(listed()).toBe(7);
    expect(screen.queryByRole("button", { name: /^Up to 100/ })).toBeNull();
  });
});
