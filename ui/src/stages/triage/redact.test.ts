import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import { answering } from "../../rpc/testing";
import type { IssueView } from "../../rpc/generated";
import type { IssueRecord } from "../../views/inbox/issue";
import { filesNotSearched, people, texts } from "./redact";
import RedactDialog from "./RedactDialog.svelte";

type Asked = { name: string; request: Record<string, unknown> };
let sent: Asked[] = [];
const contact = { name: "Ann", reach: "ann@example.org" };
const text = { title: "Cannot log in", description: "My word is hunter2", steps: "", expected: "" };
const view = {
  issue: {
    key: "ISS-1",
    version: 4,
    text: { ...text, actual: "", workaround: "", tell_caller: "", reporter: contact },
    comments: [{ by: "sam", at: "2026-01-01T00:00:00Z", internal: true, text: "كلمة السر 🔑" }],
    people: [{ contact, said: "" }],
    attachments: [],
  },
} as unknown as IssueView;

beforeEach(() => {
  sent = [];
  answering((name, request) => {
    sent.push({ name, request });
    return { records: 1, places: ["ISS-1"], stays: [], clean: true };
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

it("redacts a passage once there is a reason, and says what stays", async () => {
  render(RedactDialog, { open: true, what: "text", view });
  expect(await screen.findByText(/Older backups and exports/)).toBeTruthy();
  await userEvent.type(screen.getByLabelText(/Only this passage/), "hunter2");
  await userEvent.click(screen.getByRole("button", { name: /Redact for good/ }));
  expect(sent).toHaveLength(0);
  await userEvent.type(screen.getByLabelText(/Reason/), "pasted by mistake");
  await userEvent.click(screen.getByRole("button", { name: /Redact for good/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    name: "issue_redact",
    request: { key: "ISS-1", base: 4, passage: "hunter2", reason: "pasted by mistake" },
  });
});

it("erases a person of the issue", async () => {
  render(RedactDialog, { open: true, what: "person", view });
  await userEvent.type(await screen.findByLabelText(/Reason/), "asked us to");
  await userEvent.click(screen.getByRole("button", { name: /Erase for good/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ name: "person_erase", request: { key: "ISS-1", contact } });
});

it("says what still holds it, once it is done", async () => {
  answering(() => ({
    records: 2,
    places: ["ISS-1", "HF-1"],
    stays: ["Files are not searched and may still hold it: “shop.log” of ISS-1."],
    clean: true,
  }));
  render(RedactDialog, { open: true, what: "text", view });
  await userEvent.type(await screen.findByLabelText(/Reason/), "pasted by mistake");
  await userEvent.click(screen.getByRole("button", { name: /Redact for good/ }));
  expect(await screen.findByText("Erased in ISS-1, HF-1")).toBeTruthy();
  expect(screen.getByText(/“shop.log” of ISS-1/)).toBeTruthy();
});

it("offers whoever reported or wrote from outside, each once, and a passage anywhere", () => {
  const bob = { name: "Bob", reach: "bob@example.org" };
  const issue = {
    ...view.issue,
    hotfix: "HF-1",
    comments: [
      { text: "Me too", from: bob },
      { text: "Again", from: bob },
    ],
    attachments: ["a.log", "b.png", "c.txt"].map((name) => ({ name, hash: name })),
  } as unknown as IssueRecord;
  expect(people(issue).map((one) => one.contact)).toEqual([contact, bob]);
  expect(texts(issue).at(-1)?.place).toEqual({ of: "anywhere" });
  expect(filesNotSearched(issue)).toBe(
    "Not searched, and may still hold it: a.log, b.png and 1 more; the reports and output of tests on HF-1",
  );
});
