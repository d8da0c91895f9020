import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { describe, expect, it, vi } from "vitest";
import VirtualList from "./VirtualList.svelte";

interface Item {
  id: string;
}
const items: Item[] = Array.from({ length: 100_000 }, (_, i) => ({ id: `ISS-${i}` }));
const row = createRawSnippet<[Item, unknown]>((item) => ({
  render: () => `<span>${item().id}</span>`,
}));

function show(extra: Record<string, unknown> = {}) {
  const props = { label: "Issues", items, key: (i: Item) => i.id, rowHeight: 40, row, ...extra };
  render(VirtualList<Item>, { props });
  return screen.getByRole("listbox", { name: props.label });
}
function here(list: HTMLElement): string | null | undefined {
  const id = list.getAttribute("aria-activedescendant");
  return id ? document.getElementById(id)?.textContent?.trim() : undefined;
}

describe("a long list", () => {
  it("draws a screenful, not a hundred thousand rows", () => {
    show();
    expect(screen.getAllByRole("option").length).toBeLessThan(60);
    expect(screen.getAllByRole("option")[0]?.getAttribute("aria-setsize")).toBe("100000");
  });

  it("moves by j, k, arrows, Home and End; what is active always exists", async () => {
    const user = userEvent.setup();
    const list = show();
    await user.tab();
    expect(here(list)).toBe("ISS-0");
    await user.keyboard("jj{ArrowDown}k");
    expect(here(list)).toBe("ISS-2");
    await user.keyboard("{End}");
    expect(here(list)).toBe("ISS-99999");
    await user.keyboard("j");
    expect(here(list)).toBe("ISS-99999");
    await user.keyboard("{Home}k");
    expect(here(list)).toBe("ISS-0");
  });

  it("opens the active row with Enter and says where one stands", async () => {
    const user = userEvent.setup();
    const [onopen, onactive] = [vi.fn(), vi.fn()];
    show({ onopen, onactive });
    await user.tab();
    await user.keyboard("j{Enter}");
    expect(onopen).toHaveBeenCalledWith(items[1]);
    expect(onactive).toHaveBeenLastCalledWith(items[1]);
  });

  it("ticks rows with Space when several may be chosen", async () => {
    const user = userEvent.setup();
    show({ ticked: [] });
    await user.tab();
    await user.keyboard(" jj ");
    const chosen = screen
      .getAllByRole("option", { selected: true })
      .map((o) => o.textContent?.trim());
    expect(chosen).toEqual(["ISS-0", "ISS-2"]);
  });

  it("ticks a stretch with Shift, which shrinks when one goes back, and single ones with x", async () => {
    const user = userEvent.setup();
    show({ ticked: [] });
    const chosen = () =>
      screen.queryAllByRole("option", { selected: true }).map((o) => o.textContent?.trim());
    await user.tab();
    await user.keyboard("j{Shift>}{ArrowDown}{ArrowDown}{ArrowDown}{ArrowUp}{/Shift}");
    expect(chosen()).toEqual(["ISS-1", "ISS-2", "ISS-3"]);
    await user.keyboard("jjx");
    expect(chosen()).toEqual(["ISS-1", "ISS-2", "ISS-3", "ISS-5"]);
    const rows = screen.getAllByRole("option");
    await user.keyboard("{Shift>}");
    await user.click(rows[7] as HTMLElement);
    await user.keyboard("{/Shift}");
    expect(chosen()).toEqual(["ISS-1", "ISS-2", "ISS-3", "ISS-5", "ISS-6", "ISS-7"]);
  });

  it("asks for all rows with Ctrl+A", async () => {
    const user = userEvent.setup();
    const onall = vi.fn();
    show({ ticked: [], onall });
    await user.tab();
    await user.keyboard("{Control>}a{/Control}");
    expect(onall).toHaveBeenCalledOnce();
  });

  it("fetches more only when the end is near", async () => {
    const loadMore = vi.fn(async () => {});
    show({ loadMore, more: true });
    expect(loadMore).not.toHaveBeenCalled();
    show({
      label: "Short",
      items: items.slice(0, 5),
      loadMore,
      more: true,
      key: (i: Item) => i.id,
    });
    expect(loadMore).toHaveBeenCalledOnce();
  });
});
