import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answering } from "../../rpc/testing";
import { useTransport } from "../../rpc/client";
import type { Hotfix } from "../../rpc/generated";
import RiskForm from "./RiskForm.svelte";

let drafts: Record<string, string>;
let saved: Record<string, unknown>[];
let refuse: object | undefined;

beforeEach(() => {
  [drafts, saved, refuse] = [{}, [], undefined];
  answering((name, request) => {
    if (name === "draft_load") return { text: drafts[request["name"] as string] ?? "" };
    if (name === "draft_save") drafts[request["name"] as string] = request["text"] as string;
    if (name === "fix_risk") {
      if (refuse) throw refuse;
      saved.push(request);
    }
    return {};
  });
});
afterEach(() => {
  cleanup();
  useTransport(undefined);
});

const hotfix = (version: number, moved: number, text: string, level = "low") =>
  ({
    key: "HF-1",
    version,
    risk: { level, text },
    moved: { cause: 0, solution: 0, risk: moved, rollback_plan: 0 },
  }) as unknown as Hotfix;
const box = () => screen.getByRole<HTMLTextAreaElement>("textbox", { name: /could go wrong/ });
const save = () => screen.getByRole("button", { name: /Save risk/ });

describe("a text that is edited", () => {
  it("stands beside what somebody else wrote meanwhile, and neither is lost", async () => {
    const user = userEvent.setup();
    const onclose = () => {};
    const { rerender } = render(RiskForm, { hotfix: hotfix(3, 3, "old"), onclose });
    await user.clear(box());
    await user.type(box(), "mine");
    await rerender({ hotfix: hotfix(5, 5, "theirs", "high"), onclose });
    await screen.findByText("Somebody else changed this while you were editing");
    expect(box().value).toBe("mine");
    expect(screen.getByText("theirs")).toBeTruthy();
    // What only the other changed is taken over.
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "High" }).checked).toBe(true);
    await user.click(save());
    expect(saved).toEqual([]);
    await user.click(screen.getByRole("button", { name: "Keep mine" }));
    await user.click(save());
    await waitFor(() => expect(saved.length).toBe(1));
    expect(saved[0]).toMatchObject({ base: 5, risk: "high", text: "mine" });
  });

  it("is not disturbed by what else happens to the hot fix", async () => {
    const user = userEvent.setup();
    const onclose = () => {};
    const { rerender } = render(RiskForm, { hotfix: hotfix(3, 3, "old"), onclose });
    await user.type(box(), "er");
    await rerender({ hotfix: hotfix(9, 3, "old"), onclose });
    expect(box().value).toBe("older");
    await user.click(save());
    await waitFor(() => expect(saved[0]).toMatchObject({ base: 3, text: "older" }));
  });

  it("keeps with its draft what it was based on", async () => {
    drafts["HF-1/risk"] = JSON.stringify({
      base: 3,
      initial: { risk: "low", text: "old" },
      values: { risk: "low", text: "mine" },
    });
    render(RiskForm, { hotfix: hotfix(7, 6, "theirs"), onclose: () => {} });
    await screen.findByText("Somebody else changed this while you were editing");
    expect(box().value).toBe("mine");
    await fireEvent.click(screen.getByRole("button", { name: "Take theirs" }));
    expect(box().value).toBe("theirs");
  });

  it("keeps every word when the core refuses", async () => {
    const user = userEvent.setup();
    refuse = {
      kind: "conflict",
      message: "The risk was changed by somebody else.",
      where: "version",
    };
    render(RiskForm, { hotfix: hotfix(3, 3, "old"), onclose: () => {} });
    await user.clear(box());
    await user.type(box(), "mine");
    await user.click(save());
    await screen.findByText("The risk was changed by somebody else.");
    expect(box().value).toBe("mine");
  });
});
