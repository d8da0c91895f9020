import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";
import Countdown from "./Countdown.svelte";

const now = Date.parse("2026-11-24T12:00:00Z");
const shown = (to: string, extra: Record<string, unknown> = {}) => {
  const { container } = render(Countdown, { to, label: "resolve", now, ...extra });
  const it = container.querySelector(".countdown");
  const [seen, spoken] = [...(it?.children ?? [])].map((part) =>
    part.textContent?.replace(/\s+/g, " ").trim(),
  );
  return { tone: it?.classList, seen, spoken };
};

it("says in words when a deadline is at risk and when it was missed", () => {
  const risk = "2026-11-24T11:30:00Z";
  const calm = shown("2026-11-24T16:00:00Z", { risk: "2026-11-24T15:00:00Z" });
  expect(calm.tone?.contains("calm")).toBe(true);
  expect(calm.seen).toContain("resolve");
  const soon = shown("2026-11-24T16:00:00Z", { risk });
  expect(soon.tone?.contains("soon")).toBe(true);
  expect(soon.seen).toContain("at risk");
  expect(soon.spoken).toMatch(/^resolve in 4 h.*, at risk$/);
  const over = shown("2026-11-24T11:50:00Z", { risk });
  expect(over.tone?.contains("over")).toBe(true);
  expect(over.seen).toContain("missed");
  expect(over.spoken).toContain("overdue");
});

it("stands still while the reporter is asked, however late it is", () => {
  const paused = shown("2026-11-24T11:00:00Z", { risk: null, paused: true });
  expect(paused.seen).toBe("paused");
  expect(screen.queryByText(/overdue/)).toBeNull();
});
