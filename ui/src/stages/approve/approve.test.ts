import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { Answer, Approvals, HotfixView } from "../../rpc/generated";
import { answering } from "../../rpc/testing";
import { session } from "../../views/session.svelte";
import Page from "./ApprovePage.test.svelte";
import { inOrder, people, standing } from "./words";

const NOW = "1".repeat(64);
const answer = (by: string, state: Answer["state"], over: Partial<Answer> = {}): Answer => ({
  by,
  approved: state !== "declined",
  state,
  why: "",
  hash: NOW,
  revision: 2,
  at: `2026-11-24T09:0${by.length}:00Z`,
  expires_at: "2026-11-25T09:00:00Z",
  note: "",
  ...over,
});
const stand = (over: Partial<Approvals> = {}): Approvals => ({
  environment: "production",
  policy: "Standard",
  wanted: 2,
  each_role: [],
  roles: ["approver"],
  hours: 8,
  authors_may: false,
  wants: "2 approvals by approver; none by an author; each holds for 8 h.",
  given: 0,
  enough: false,
  complete: false,
  until: null,
  missing: "0 of 2 approvals given.",
  answers: [],
  asked: [],
  may: ["marc", "ines"],
  may_break: ["rita"],
  hard: false,
  broken: null,
  since: null,
  ...over,
});
const view = (environment: Approvals): HotfixView =>
  ({
    hotfix: {
      change: { kind: "normal", template: null, reason: "", by: null, at: null },
      key: "HF-1",
      version: 9,
      phase: "rollout",
      tests: [],
      risk: { level: "high", text: "It may fall over." },
      rollback_plan: "Put back what ran.",
      packages: [
        {
          package: { revision: 2, hash: NOW, size: 9, files: [], commits: ["abc"] },
          notes: { install: "", rollback: "" },
        },
      ],
    },
    product: {
      id: "shop",
      name: "Shop",
      environments: [{ id: "production", name: "Production", production: true }],
    },
    change_state: "authorize",
    ship: { environment: "production", blockers: [], passed: [] },
    approval: {
      revision: 2,
      hash: NOW,
      authors: [{ person: "dana", wrote: ["change abc"], claimed: true }],
      environments: [environment],
    },
  }) as unknown as HotfixView;

let calls: [string, Record<string, unknown>][];
beforeEach(() => {
  calls = [];
  answering((name, request) => {
    if (name === "catalog_list")
      return ["marc", "ines", "rita", "dana"].map((id) => ({
        version: 1,
        object: { kind: "person", id, name: id.toUpperCase(), mail: "", roles: [], zone: "UTC" },
      }));
    calls.push([name, request]);
    return { expires_at: "2026-11-25T09:00:00Z" };
  });
  session.person = { id: "marc", name: "MARC" };
});
afterEach(() => {
  cleanup();
  forget();
  session.person = undefined;
  useTransport(undefined);
});
const show = (environment: Approvals) => render(Page, { view: view(environment) });
const button = (name: string | RegExp) => screen.getByRole("button", { name });

describe("approvals", () => {
  it("are put with what stands first, and said in a few words", () => {
    const all = [answer("a", "void"), answer("bb", "standing"), answer("ccc", "expired")];
    expect(inOrder(all).map((one) => one.by)).toEqual(["bb", "ccc", "a"]);
    expect(standing(stand({ answers: [answer("a", "declined")] })).label).toBe("Declined");
    expect(standing(stand({ given: 1 })).label).toBe("1 of 2");
    expect(standing(stand({ complete: true })).label).toBe("Approved");
    expect(people(["A", "B", "C"])).toBe("A, B and C");
    expect(people(["A", "B", "C", "D"])).toBe("A, B and 2 more");
  });

  it("say plainly that in a file they are book-keeping, and who is an author by git’s claim", () => {
    show(stand());
    expect(screen.getByText(/honest book-keeping/)).toBeTruthy();
    expect(screen.getByText(/It is a claim, and counts/)).toBeTruthy();
  });

  it("are not wanted of a standard change, and fewer of an emergency: which it is, is said here", async () => {
    const user = userEvent.setup();
    show(stand());
    expect(screen.getByText("Authorize")).toBeTruthy();
    await user.click(button("Edit the type"));
    await user.click(screen.getByRole("radio", { name: "Emergency" }));
    await user.click(button(/Make it an emergency change/));
    expect(screen.getAllByText("Say why it cannot wait.").length).toBeGreaterThan(0);
    await user.type(screen.getByLabelText(/Why it cannot wait/), "Nobody can pay");
    await user.click(button(/Make it an emergency change/));
    expect(calls).toContainEqual([
      "fix_classify",
      { key: "HF-1", change: "emergency", template: null, reason: "Nobody can pay" },
    ]);
  });

  it("show why an answer that stood no longer does", () => {
    const why = "It was for r1; the package is r2 by now.";
    show(stand({ answers: [answer("ines", "void", { why }), answer("marc", "expired")] }));
    expect(screen.getByText("Void")).toBeTruthy();
    expect(screen.getByText(why)).toBeTruthy();
    expect(screen.getByText("Expired")).toBeTruthy();
  });

  it("are given beside what one has to have looked at, for the very bytes", async () => {
    const user = userEvent.setup();
    const since = { revision: 1, total: 1, files: [{ path: "a.py", change: "changed" as const }] };
    show(stand({ since }));
    await user.click(button("Approve for Production"));
    const form = within(screen.getByRole("form", { name: "Approve r2 for Production" }));
    for (const seen of [NOW, "a.py", "It may fall over.", "Put back what ran."]) {
      expect(form.getByText(new RegExp(seen))).toBeTruthy();
    }
    expect(form.getByText("No proof of tests for what is in the package.")).toBeTruthy();
    await user.click(form.getByRole("button", { name: /Approve r2/ }));
    await waitFor(() => expect(calls.map(([name]) => name)).toContain("fix_approve"));
    const [, request] = calls.find(([name]) => name === "fix_approve")!;
    expect(request).toMatchObject({ key: "HF-1", environment: "production", hash: NOW });
  });

  it("are refused to an author with the reason, and to who has no role", () => {
    session.person = { id: "dana", name: "DANA" };
    show(stand());
    expect(button("Approve for Production").getAttribute("aria-disabled")).toBe("true");
  });

  it("are gone without only by who may, with a reason", async () => {
    const user = userEvent.setup();
    session.person = { id: "rita", name: "RITA" };
    show(stand());
    await user.click(button("Go without approval for Production"));
    const form = within(screen.getByRole("form", { name: "Go to Production without approval" }));
    await user.type(form.getByRole("textbox", { name: /Reason/ }), "It burns");
    await user.click(form.getByRole("button", { name: /Go to Production without approval/ }));
    await waitFor(() => expect(calls.map(([name]) => name)).toContain("fix_break_glass"));
  });

  it("keep what was typed, for each answer and environment", async () => {
    const user = userEvent.setup();
    const kept = new Map<string, string>();
    answering((name, request) => {
      if (name === "draft_load") return { text: kept.get(String(request.name)) ?? "" };
      if (name === "draft_save") kept.set(String(request.name), String(request.text));
      return name === "catalog_list" ? [] : {};
    });
    const shown = show(stand());
    await user.click(button("Decline for Production"));
    await user.type(screen.getByRole("textbox", { name: /Reason/ }), "Not without a test");
    shown.unmount();
    await waitFor(() =>
      expect(kept.get("HF-1/approve/production/decline")).toContain("Not without a test"),
    );
    show(stand());
    await user.click(button("Decline for Production"));
    await waitFor(() =>
      expect(screen.getByRole("textbox", { name: /Reason/ })).toHaveProperty(
        "value",
        "Not without a test",
      ),
    );
    await user.click(button(/^Decline r2 for Production/));
    await waitFor(() => expect(kept.get("HF-1/approve/production/decline")).toBe(""));
  });

  it("open for who is asked with one key", async () => {
    const user = userEvent.setup();
    const asked = {
      by: "dana",
      at: "2026-11-24T08:00:00Z",
      note: "",
      revision: 2,
      people: ["marc"],
      waits_for: ["marc"],
      void: false,
    };
    show(stand({ asked: [asked] }));
    expect(screen.getByText(/waits for MARC|waits\s+for/)).toBeTruthy();
    await user.keyboard("y");
    expect(await screen.findByRole("form", { name: "Approve r2 for Production" })).toBeTruthy();
  });
});
