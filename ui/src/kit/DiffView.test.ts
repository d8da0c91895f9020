import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { shortcuts } from "./shortcuts.svelte";
import DiffView, { type DiffFileItem, type DiffLineItem } from "./DiffView.svelte";

const LINES = 120_000;
const files: DiffFileItem[] = [0, 10, 60_000].map((line, i) => ({
  path: `src/file-${i}.txt`,
  before: i === 1 ? "src/old.txt" : null,
  status: i === 1 ? "renamed" : "changed",
  binary: i === 2,
  additions: 3,
  deletions: 1,
  line,
}));
function line(i: number): DiffLineItem {
  if (files.some((f) => f.line === i)) {
    return { kind: "file", old: null, new: null, text: `diff --git ${i}`, cut: 0 };
  }
  const kind = (["context", "added", "removed"] as const)[i % 3] as DiffLineItem["kind"];
  return { kind, old: i, new: i, text: `line ${i}`, cut: i === 4 ? 1_234 : 0 };
}
function show(extra: Record<string, unknown> = {}) {
  const page = vi.fn(async (from: number, count: number) =>
    Array.from({ length: Math.min(count, LINES - from) }, (_, i) => line(from + i)),
  );
  // A hunk every hundred lines.
  const hunk = async (at: number, back: boolean) => {
    const found = back ? Math.ceil(at / 100) * 100 - 100 : Math.floor(at / 100) * 100 + 100;
    return found < 0 || found >= LINES ? null : found;
  };
  const props = { label: "3f2a91c", files, lines: LINES, page, hunk, ...extra };
  const shown = render(DiffView, { props });
  return { page, list: screen.getByRole("listbox", { name: "Lines of 3f2a91c" }), ...shown };
}
function here(list: HTMLElement): string | null | undefined {
  const id = list.getAttribute("aria-activedescendant");
  return id ? document.getElementById(id)?.textContent?.trim() : undefined;
}

const heard = (event: KeyboardEvent) => void shortcuts.handle(event);
beforeEach(() => window.addEventListener("keydown", heard));
afterEach(() => window.removeEventListener("keydown", heard));

describe("a diff", () => {
  it("asks for what is in sight, and not for 120,000 lines", async () => {
    const { page, list } = show();
    await waitFor(() => expect(here(list)).toContain("diff --git 0"));
    expect(page.mock.calls.length).toBeLessThan(3);
    expect(list.querySelectorAll("[role=option]").length).toBeLessThan(120);
  });

  it("says what was added and removed with a sign and a word", async () => {
    const { list } = show();
    await waitFor(() => expect(list.textContent).toContain("line 4"));
    const text = [...list.querySelectorAll("[role=option]")].map((one) => one.textContent);
    expect(text[4]).toMatch(/\+Added: line 4\s*… 1,234 more bytes/);
    expect(text[5]).toContain("−Removed: line 5");
    expect(text[3]).not.toMatch(/Added|Removed/);
  });

  it("goes by lines with j and k and by files with n and p, and says which", async () => {
    const user = userEvent.setup();
    const { list } = show();
    await waitFor(() => expect(here(list)).toContain("diff --git 0"));
    await user.keyboard("jjk");
    await waitFor(() => expect(here(list)).toContain("line 1"));
    await user.keyboard("n");
    await waitFor(() => expect(here(list)).toContain("diff --git 10"));
    expect(screen.getByText(/renamed · file 2 of 3/)).toBeTruthy();
    await user.keyboard("n");
    await waitFor(() => expect(here(list)).toContain("diff --git 60000"));
    await user.keyboard("jp");
    await waitFor(() => expect(here(list)).toContain("diff --git 60000"));
    await user.keyboard("pp");
    await waitFor(() => expect(here(list)).toContain("diff --git 0"));
    await user.keyboard("{End}");
    await waitFor(() => expect(here(list)).toContain(`line ${LINES - 1}`));
  });

  it("goes by hunks with ] and [, and tells its keys", async () => {
    const user = userEvent.setup();
    const { list } = show();
    await waitFor(() => expect(here(list)).toContain("diff --git 0"));
    await user.keyboard("]]");
    await waitFor(() => expect(here(list)).toContain("line 200"));
    // Doubled, as this keyboard wants it: one press.
    await user.keyboard("[[");
    await waitFor(() => expect(here(list)).toContain("line 100"));
    const told = shortcuts.heard.flatMap((scope) => scope.shortcuts.map((s) => s.keys));
    expect(told).toEqual(expect.arrayContaining(["]", "[", "n", "p"]));
  });

  it("reads again what was not whole once there is more, and everything in another encoding", async () => {
    const { page, list, rerender } = show({ lines: 150 });
    await waitFor(() => expect(list.textContent).toContain("line 4"));
    const before = page.mock.calls.length;
    await rerender({ version: "shift_jis" });
    await waitFor(() => expect(page.mock.calls.length).toBe(before + 1));
  });

  it("tells an error instead of waiting for ever", async () => {
    const onerror = vi.fn();
    show({ page: () => Promise.reject(new Error("gone")), onerror });
    await waitFor(() => expect(onerror).toHaveBeenCalled());
  });
});
