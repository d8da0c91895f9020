import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { forget } from "../../kit/query.svelte";
import { takeOffer } from "../../kit/toast";
import { useTransport } from "../../rpc/client";
import { answering } from "../../rpc/testing";
import type { IssueView } from "../../rpc/generated";
import type { Names } from "../../views/inbox/catalog.svelte";
import TriagePanel from "./TriagePanel.svelte";

type Asked = { name: string; request: Record<string, unknown> };
let sent: Asked[] = [];
const words = (of: string) => [`${of} high`, `${of} medium`, `${of} low`];
const cells = ["high", "medium", "low"].map((impact, r) =>
  ["high", "medium", "low"].map((urgency, c) => ({
    priority: `P${r + c + 1}`,
    reason: `${impact} × ${urgency}`,
    respond_by: null,
    resolve_by: null,
  })),
);
const changed = ["ISS-1", "ISS-2"].map((key) => ({ key, before: 1, after: 2 }));
const left = [{ key: "ISS-3", why: "ISS-3 is rejected: it can no longer be triaged." }];
const answers: Record<string, unknown> = {
  issue_triage_preview: {
    cells,
    guide: {
      system: words("system"),
      users: words("users"),
      business: words("business"),
      urgency: words("urgency"),
    },
  },
  issue_triage: { changed, left, ...cells[0]?.[1] },
  issue_undo: { changed: [], left: [] },
  issue_close: { changed: changed.slice(0, 1), left: [] },
  fix_new: { key: "HF-1", changed: changed.slice(0, 1) },
  issue_similar: [],
  issue_fixed_before: [],
};
const view = {
  issue: {
    key: "ISS-1",
    version: 1,
    state: "new",
    text: {
      title: "t",
      description: "",
      steps: "",
      expected: "",
      actual: "",
      workaround: "",
      tell_caller: "",
      reporter: { name: "", reach: "" },
    },
    component: "",
    product: null,
    product_version: "",
    triage: null,
    hotfix: null,
    people: [],
    comments: [],
    attachments: [],
    duplicates: [],
    duplicate_of: null,
    not_the_same: [],
  },
} as unknown as IssueView;
const names = {
  people: [],
  teams: [],
  products: [{ id: "shop", name: "Web shop" }],
} as unknown as Names;

beforeEach(() => {
  sent = [];
  answering((name, request) => {
    if (!name.endsWith("preview")) sent.push({ name, request });
    return answers[name] ?? {};
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

const show = (ticked: string[]) => {
  const [ondecided, onchoosenone, onedit] = [vi.fn(), vi.fn(), vi.fn()];
  render(TriagePanel, { view, ticked, rows: [], names, ondecided, onchoosenone, onedit });
  return { ondecided, onchoosenone, onedit };
};
const of = (name: string) => sent.filter((one) => one.name === name);

it("says what each level means, and takes the higher where one is not sure", async () => {
  show([]);
  expect(await screen.findByText("users medium")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /Impact on users: not sure/ }));
  expect(screen.getByText("users high")).toBeTruthy();
  expect(screen.getByText("Taken as high.")).toBeTruthy();
  expect(screen.getByRole("button", { name: /Impact High, Urgency Medium/ })).toHaveProperty(
    "ariaPressed",
    "true",
  );
  await userEvent.click(screen.getByRole("button", { name: /^Triage/ }));
  await waitFor(() => expect(of("issue_triage")).toHaveLength(1));
  expect(of("issue_triage")[0]?.request).toMatchObject({
    keys: ["ISS-1"],
    impact_users: "medium",
    unsure: ["users"],
    partly: false,
  });
});

it("decides about a selection with one request, and takes all of it back with one more", async () => {
  const { ondecided } = show(["ISS-1", "ISS-2", "ISS-3"]);
  await screen.findByText("users medium");
  await userEvent.click(screen.getByRole("button", { name: /^Triage/ }));
  await waitFor(() => expect(ondecided).toHaveBeenCalledWith("triage"));
  expect(of("issue_triage")).toHaveLength(1);
  expect(of("issue_triage")[0]?.request).toMatchObject({
    keys: ["ISS-1", "ISS-2", "ISS-3"],
    partly: true,
  });
  takeOffer();
  await waitFor(() => expect(of("issue_undo")).toHaveLength(1));
  expect(of("issue_undo")[0]?.request).toEqual({ issues: changed });
});

it("asks which product is to be fixed before anything is decided, if the issue names none", async () => {
  show([]);
  await screen.findByText("users medium");
  await userEvent.click(screen.getByRole("button", { name: /^Hot fix now/ }));
  expect(await screen.findByText(/names no product/)).toBeTruthy();
  expect(of("issue_triage")).toHaveLength(0);
  await userEvent.click(screen.getByRole("button", { name: /^Start hot fix/ }));
  expect(await screen.findAllByText("Choose one first.")).not.toHaveLength(0);
  expect(of("fix_new")).toHaveLength(0);
});

it("closes by hand with a reason, and not without one", async () => {
  show([]);
  await screen.findByText("users medium");
  await userEvent.click(screen.getByRole("button", { name: /^Close…/ }));
  await userEvent.click(await screen.findByRole("button", { name: /^Close issue/ }));
  expect(await screen.findAllByText("One sentence is needed.")).not.toHaveLength(0);
  await userEvent.type(screen.getByRole("textbox", { name: /Why is it over/ }), "Found it.");
  await userEvent.click(screen.getByRole("button", { name: /^Close issue/ }));
  await waitFor(() => expect(of("issue_close")).toHaveLength(1));
  expect(of("issue_close")[0]?.request).toMatchObject({ keys: ["ISS-1"], reason: "Found it." });
});
