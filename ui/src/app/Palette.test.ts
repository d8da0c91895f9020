import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import type { SearchProvider } from "../kit/screen";
import Palette from "./Palette.svelte";

afterEach(cleanup);

it("what completes the text types it and stays open; what leads somewhere goes there", async () => {
  const fields: SearchProvider = {
    label: "Fields",
    search: async (text) =>
      text.endsWith("state:") ? [{ id: "new", label: "new", fill: `${text}new ` }] : [],
  };
  const issues: SearchProvider = {
    label: "Issues",
    search: async (text) =>
      text === "card state:new " ? [{ id: "ISS-1", label: "Card", href: "/inbox/ISS-1" }] : [],
  };
  const user = userEvent.setup();
  render(Palette, { open: true, commands: [], providers: [fields, issues] });
  const line = await screen.findByRole("combobox");
  await user.type(line, "card state:");
  await screen.findByRole("option", { name: "new" });
  await user.keyboard("{Enter}");
  expect((line as HTMLInputElement).value).toBe("card state:new ");
  await screen.findByRole("option", { name: "Card" });
  await user.keyboard("{Enter}");
  await waitFor(() => expect(location.hash).toBe("#/inbox/ISS-1"));
});
