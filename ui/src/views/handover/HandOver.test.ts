import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { HandOverDraft, HandOverRow } from "../../rpc/generated";
import { answering } from "../../rpc/testing";
import { session } from "../session.svelte";
import ForMe from "./ForMe.svelte";
import HandOverDialog from "./HandOverDialog.svelte";

const item = (key: string) => ({
  kind: "issue" as const,
  key,
  title: `Title of ${key}`,
  what: "P1, new",
});
const draft: HandOverDraft = {
  next: ["tom"],
  shift: null,
  under_way: [item("ISS-1"), item("ISS-2")],
};
const note: HandOverRow = {
  key: "HO-1",
  from: "rita",
  from_name: "Rita Marsh",
  to: "mara",
  to_name: "Mara Kovac",
  at: "2026-11-24T14:02:00Z",
  read_at: null,
  products: [],
  excerpt: "Look at the queue.",
  more: false,
  under_way: 2,
};
let sent: [string, Record<string, unknown>][] = [];
let kept: Record<string, string> = {};

beforeEach(() => {
  sent = [];
  kept = {};
  session.status = "open";
  session.person = { id: "mara", name: "Mara Kovac" };
  answering((name, request) => {
    sent.push([name, request]);
    if (name === "draft_load") return { text: kept[String(request["name"])] ?? "" };
    if (name === "draft_save") kept[String(request["name"])] = String(request["text"]);
    if (name === "hand_over_draft") return draft;
    if (name === "hand_over") return { key: "HO-1" };
    if (name === "hand_over_list") return { rows: [note], next: null, total: 1 };
    return {};
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

const people = [
  { value: "mara", label: "Mara Kovac" },
  { value: "tom", label: "Tom Reed" },
];

it("hands over to whoever comes next, with what is under way but for what was taken out", async () => {
  const user = userEvent.setup();
  render(HandOverDialog, { open: true, people, products: [] });
  await user.click(await screen.findByRole("button", { name: "Leave out ISS-1" }));
  const text = screen.getByRole("textbox", { name: /next shift has to know/ });
  await user.type(text, "請看 HF-3");
  await user.click(screen.getByRole("button", { name: "Hand over" }));
  await waitFor(() => expect(sent.some(([name]) => name === "hand_over")).toBe(true));
  const [, request] = sent.find(([name]) => name === "hand_over") ?? ["", {}];
  expect(request).toEqual({
    text: "請看 HF-3",
    to: "tom",
    products: [],
    under_way: [item("ISS-2")],
  });
});

it("keeps what was typed when it is closed", async () => {
  const user = userEvent.setup();
  const { unmount } = render(HandOverDialog, { open: true, people, products: [] });
  await user.type(await screen.findByRole("textbox", { name: /next shift/ }), "Half a note");
  await waitFor(() => expect(kept["hand-over"]).toContain("Half a note"), { timeout: 3000 });
  unmount();
  render(HandOverDialog, { open: true, people, products: [] });
  const again = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: /next shift/ });
  await waitFor(() => expect(again.value).toBe("Half a note"));
});

it("shows a note until it is read", async () => {
  render(ForMe);
  const article = await screen.findByRole("article", { name: "Hand-over from Rita Marsh" });
  expect(article.textContent).toContain("Look at the queue.");
  await userEvent.setup().click(screen.getByRole("button", { name: "I have read it" }));
  expect(sent.at(-1)?.[0] === "hand_over_read" || sent.some(([n]) => n === "hand_over_read")).toBe(
    true,
  );
});
