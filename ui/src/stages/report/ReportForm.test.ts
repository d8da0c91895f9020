import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import { answering } from "../../rpc/testing";
import ReportForm from "./ReportForm.svelte";

let sent: { name: string; request: Record<string, unknown> }[];
const twin = {
  ...{ key: "ISS-7", title: "Checkout answers 500", score: 0.9, why: "shares checkout, 500" },
  ...{ shared: ["Checkout", "500"], state: "in_hot_fix", priority: "P1", affected: 14 },
  ...{ hotfix: "HF-3", workaround: "Pay by invoice", provisional: false },
  ships: { at: "2026-11-24T16:30:00Z", done: true, environment: "Production" },
  last_reported_at: "2026-11-24T09:00:00Z",
};

beforeEach(() => {
  sent = [];
  answering((name, request) => {
    sent.push({ name, request });
    if (name === "issue_similar") return [twin];
    if (name === "issue_fixed_before" || name === "catalog_list") return [];
    if (name === "draft_load") return { text: "" };
    if (name === "report_defaults")
      return { product: null, version: "", environment: "", component: "", channel: null };
    return {};
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

it("finds the known issue while one types, says why and when its fix ships, and adds the caller", async () => {
  const user = userEvent.setup();
  const [onlogged, onadded] = [vi.fn(), vi.fn()];
  render(ReportForm, { onlogged, onadded });
  await user.type(screen.getByRole("textbox", { name: /What is wrong/ }), "500 at the checkout");
  expect(await screen.findByText(/Known: 14 affected, fix shipped/)).toBeTruthy();
  expect(screen.getByText("shares checkout, 500")).toBeTruthy();
  expect(screen.getByText(/Workaround: Pay by invoice/)).toBeTruthy();
  // Who calls has to be known first.
  await user.keyboard("{Control>}1{/Control}");
  expect(await screen.findAllByText(/Who is it\?/)).not.toHaveLength(0);
  await user.type(screen.getByRole("textbox", { name: "Caller name" }), "Bo Lind");
  await user.keyboard("{Control>}1{/Control}");
  await waitFor(() => expect(onadded).toHaveBeenCalledWith("ISS-7", "Bo Lind"));
  const added = sent.find((one) => one.name === "issue_add_person")?.request;
  expect(added).toMatchObject({ key: "ISS-7", contact: { name: "Bo Lind" }, affected: 1 });
  expect(onlogged).not.toHaveBeenCalled();
});
