import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useTransport } from "../../rpc/client";
import { answering } from "../../rpc/testing";
import type { IssueView } from "../../rpc/generated";
import type { Names } from "../../views/inbox/catalog.svelte";
import IssueForm from "./IssueForm.svelte";

let saved: Record<string, unknown>[];
let refuse: object | undefined;
let draft: string;
const reporter = { name: "Ann", reach: "ann@example.org" };
const names = {
  people: [],
  teams: [],
  products: [
    { id: "shop", name: "Web shop", environments: [], versions: ["4.8"], components: ["cart"] },
  ],
} as unknown as Names;

function view(version: number, edited: number, title: string, workaround = ""): IssueView {
  const text = { title, description: "", steps: "", expected: "", actual: "", workaround };
  return {
    issue: {
      ...{ key: "ISS-1", version, edited, product: null, product_version: "", environment: "" },
      component: "",
      text: { ...text, tell_caller: "", reporter },
    },
  } as unknown as IssueView;
}
const title = () => screen.getByRole<HTMLInputElement>("textbox", { name: /What is wrong/ });
const save = () => screen.getByRole("button", { name: /^Save/ });

beforeEach(() => {
  [saved, refuse, draft] = [[], undefined, ""];
  answering((name, request) => {
    if (name === "issue_edit") {
      if (refuse) throw refuse;
      saved.push(request);
    }
    return name === "draft_load" ? { text: draft } : {};
  });
});
afterEach(() => {
  cleanup();
  useTransport(undefined);
});

describe("an issue that is corrected", () => {
  it("is given a product, out of a draft too, and keeps who reported it", async () => {
    const user = userEvent.setup();
    const onclose = vi.fn();
    draft = JSON.stringify({ base: 2, initial: {}, values: { product: "shop" } });
    render(IssueForm, { view: view(2, 1, "Paying fails"), names, onclose });
    // As it was chosen before the window was closed.
    await waitFor(() => expect(screen.getByLabelText("Product").textContent).toContain("Web shop"));
    await user.type(screen.getByRole("textbox", { name: /^Workaround/ }), "By invoice");
    await user.click(save());
    await waitFor(() => expect(onclose).toHaveBeenCalled());
    expect(saved[0]).toMatchObject({
      ...{ key: "ISS-1", base: 2, product: "shop" },
      text: { title: "Paying fails", workaround: "By invoice", reporter },
    });
  });

  it("stands beside what somebody else wrote meanwhile, and neither is lost", async () => {
    const user = userEvent.setup();
    const more = { names, onclose: () => {} };
    const { rerender } = render(IssueForm, { view: view(2, 1, "old"), ...more });
    await user.clear(title());
    await user.type(title(), "mine");
    // A comment is no reason.
    await rerender({ view: view(3, 1, "old"), ...more });
    expect(screen.queryByText(/Somebody else changed/)).toBeNull();
    await rerender({ view: view(4, 4, "theirs", "Wait"), ...more });
    await screen.findByText("Somebody else changed this while you were editing");
    expect(title().value).toBe("mine");
    expect(screen.getByText("theirs")).toBeTruthy();
    await user.click(save());
    expect(saved).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Keep mine" }));
    await user.click(save());
    await waitFor(() => expect(saved.length).toBe(1));
    expect(saved[0]).toMatchObject({ base: 4, text: { title: "mine", workaround: "Wait" } });
  });

  it("keeps every word when it is refused, and shows the refusal at its field", async () => {
    const user = userEvent.setup();
    refuse = { kind: "invalid", message: "ISS-1 is in HF-1.", where: "product" };
    render(IssueForm, { view: view(2, 1, "old"), names, onclose: () => {} });
    await user.type(title(), "er");
    await user.click(save());
    expect(await screen.findAllByText(/ISS-1 is in HF-1/)).not.toHaveLength(0);
    expect(title().value).toBe("older");
  });
});
