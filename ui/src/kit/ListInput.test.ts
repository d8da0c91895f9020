import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import ListInput from "./ListInput.svelte";

afterEach(cleanup);
const lines = () => screen.getAllByRole<HTMLInputElement>("textbox").map((input) => input.value);
const focused = () => (document.activeElement as HTMLInputElement).value;

describe("a list of lines", () => {
  it("is written, put in order and shortened by keys alone", async () => {
    const user = userEvent.setup();
    render(ListInput, { label: "Whys", of: (i) => `Why ${i + 1}`, more: "More", values: [""] });
    await user.click(screen.getByRole("textbox"));
    await user.keyboard("one{Enter}two{Enter}three");
    expect(lines()).toEqual(["one", "two", "three"]);
    await user.keyboard("{Alt>}{ArrowUp}{ArrowUp}{/Alt}");
    expect(lines()).toEqual(["three", "one", "two"]);
    expect(focused()).toBe("three");
    await user.keyboard("{Alt>}{ArrowUp}{ArrowDown}{/Alt}");
    expect(lines()).toEqual(["one", "three", "two"]);
    await user.keyboard("{Enter}{Backspace}");
    expect(lines()).toEqual(["one", "three", "two"]);
    expect(focused()).toBe("three");
  });

  it("is written, put in order and shortened by its buttons", async () => {
    const user = userEvent.setup();
    render(ListInput, {
      label: "Whys",
      of: (i) => `Why ${i + 1}`,
      more: "More",
      values: ["a", "b"],
    });
    await user.click(screen.getByRole("button", { name: "Move Why 2 up" }));
    expect(lines()).toEqual(["b", "a"]);
    await user.click(screen.getByRole("button", { name: "Remove Why 1" }));
    await user.click(screen.getByRole("button", { name: "More" }));
    expect(lines()).toEqual(["a", ""]);
    await user.click(screen.getByRole("button", { name: "Remove Why 2" }));
    await user.click(screen.getByRole("button", { name: "Remove Why 1" }));
    expect(lines()).toEqual([""]);
  });
});
