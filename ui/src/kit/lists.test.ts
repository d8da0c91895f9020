import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { describe, expect, it, vi } from "vitest";
import ChipsInput from "./ChipsInput.svelte";
import { moved } from "./order";
import Rows from "./Rows.svelte";

describe("a list of short texts", () => {
  function show(values: string[] = []) {
    const onchange = vi.fn();
    render(ChipsInput, { label: "Versions", values, onchange });
    return onchange;
  }

  it("takes one with Enter, several with commas, none twice", async () => {
    const onchange = show(["4.8.1"]);
    const user = userEvent.setup();
    await user.type(screen.getByRole("textbox", { name: "Versions" }), "4.8.0{Enter}");
    expect(onchange).toHaveBeenLastCalledWith(["4.8.1", "4.8.0"]);
    await user.type(screen.getByRole("textbox"), "4.7, 4.8.0,");
    expect(onchange).toHaveBeenLastCalledWith(["4.8.1", "4.8.0", "4.7"]);
  });

  it("keeps what stands in the box when one goes on to the next field", async () => {
    const onchange = show();
    const user = userEvent.setup();
    await user.type(screen.getByRole("textbox"), "half typed");
    await user.tab();
    expect(onchange).toHaveBeenCalledWith(["half typed"]);
  });

  it("gives the last one back to be corrected with Backspace", async () => {
    const onchange = show(["main", "relase"]);
    const user = userEvent.setup();
    await user.click(screen.getByRole("textbox"));
    await user.keyboard("{Backspace}");
    expect(onchange).toHaveBeenLastCalledWith(["main"]);
    expect((screen.getByRole("textbox") as HTMLInputElement).value).toBe("relase");
  });
});

describe("a list that is edited row by row", () => {
  const row = createRawSnippet((item: () => { text: string }) => ({
    render: () => `<input aria-label="Step" value="${item().text}">`,
  }));
  function show(...texts: string[]) {
    const items = texts.map((text) => ({ text }));
    const onchange = vi.fn();
    render(Rows<{ text: string }>, {
      label: "Steps",
      what: "step",
      items,
      make: () => ({ text: "new" }),
      name: (item: { text: string }) => item.text,
      onchange,
      row: row as never,
    });
    return () =>
      within(screen.getByRole("group", { name: "Steps" }))
        .getAllByRole("button", { name: /^Remove/ })
        .map((button) => button.getAttribute("aria-label")?.replace("Remove ", ""));
  }

  it("is put in order with Alt and the arrows, from within a row", async () => {
    const order = show("a", "b", "c");
    const user = userEvent.setup();
    await user.click(screen.getAllByRole("textbox")[0] as HTMLElement);
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    expect(order()).toEqual(["b", "a", "c"]);
    await user.keyboard("{Alt>}{ArrowDown}{/Alt}");
    expect(order()).toEqual(["b", "c", "a"]);
  });

  it("is put in order with the arrows alone on the grip, and stops at its ends", async () => {
    const order = show("a", "b");
    const user = userEvent.setup();
    screen.getByRole("button", { name: /^Move b/ }).focus();
    await user.keyboard("{ArrowUp}{ArrowUp}");
    expect(order()).toEqual(["b", "a"]);
  });

  it("gets a new row at its end, and loses one by its button", async () => {
    const order = show("a");
    const user = userEvent.setup();
    await user.click(screen.getByRole("button", { name: "Add step" }));
    expect(order()).toEqual(["a", "new"]);
    await user.click(screen.getByRole("button", { name: "Remove a" }));
    expect(order()).toEqual(["new"]);
  });

  it("is the same list where nothing can move", () => {
    const list = ["a", "b"];
    expect(moved(list, 0, -1)).toBe(list);
    expect(moved(list, 0, 1)).toEqual(["b", "a"]);
  });
});
