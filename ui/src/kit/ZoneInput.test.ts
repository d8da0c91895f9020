import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import ZoneInput from "./ZoneInput.svelte";

describe("a time zone that is typed and left", () => {
  async function leave(text: string) {
    const onchange = vi.fn();
    render(ZoneInput, { label: "Time zone", value: "UTC", onchange });
    const user = userEvent.setup();
    await user.clear(screen.getByRole("combobox"));
    await user.type(screen.getByRole("combobox"), text);
    await user.tab();
    return onchange;
  }

  it("is kept where there is none of that name, for the core to refuse beside it", async () => {
    expect(await leave("Mars/Olympus")).toHaveBeenLastCalledWith("Mars/Olympus");
    expect(screen.getByRole<HTMLInputElement>("combobox").value).toBe("Mars/Olympus");
  });

  it("is taken where its whole name was written", async () => {
    expect(await leave("europe/berlin")).toHaveBeenLastCalledWith("Europe/Berlin");
  });
});
