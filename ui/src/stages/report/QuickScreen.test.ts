import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import QuickScreen from "./QuickScreen.svelte";

let asked: { command: string; args: unknown }[];
const answers: Record<string, unknown> = {
  issue_log: { key: "ISS-5" },
  issue_similar: [],
  issue_fixed_before: [],
  catalog_list: [],
  draft_load: { text: "" },
  report_defaults: { product: null, version: "", environment: "", component: "", channel: null },
};
const page = globalThis as { __TAURI_INTERNALS__?: unknown };

beforeEach(() => {
  asked = [];
  page.__TAURI_INTERNALS__ = { metadata: { currentWindow: { label: "quick" } } };
  useTransport({
    invoke: async (command, args) => {
      asked.push({ command, args });
      return command === "call" ? (answers[(args as { name: string }).name] ?? {}) : undefined;
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
  delete page.__TAURI_INTERNALS__;
});

it("in a window of its own keeps what was logged in sight, and shows it in the large one", async () => {
  const user = userEvent.setup();
  render(QuickScreen, {});
  await user.type(screen.getByRole("textbox", { name: /What is wrong/ }), "Vouchers count twice");
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(await screen.findByText(/ISS-5 logged/)).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show ISS-5 in the main window" }));
  await waitFor(() =>
    expect(asked).toContainEqual({ command: "open_main", args: { issue: "ISS-5" } }),
  );
});
