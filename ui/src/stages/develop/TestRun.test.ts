import { cleanup, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { RecordedTests, TestRow } from "../../rpc/generated";
import { answering } from "../../rpc/testing";
import TestRun from "./TestRun.svelte";

afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

const test = (name: string, change: TestRow["change"]): TestRow => ({
  id: `cart::${name}`,
  group: "cart",
  name,
  outcome: change === "mended" ? "passed" : "failed",
  millis: 12,
  message: `${name} is 1.00, not 1.01`,
  change,
  issue: null,
});
const file = { hash: "ab", size: 10, name: "tests.jsonl.zst", media: "application/zstd" };
const recorded: RecordedTests = {
  evidence: {
    commit: "c".repeat(40),
    suite: "unit",
    passed: 900,
    failed: 2,
    skipped: 0,
    attachment: null,
    from: "junit",
    millis: 1200,
    failing: ["cart::total", "cart::old"],
    failing_more: 0,
    list: file,
    output: null,
    exit: null,
    compared: {
      hotfix: "HF-1",
      run: 1,
      newly: 1,
      still: 1,
      mended: 1,
      missing: 0,
      newly_failing: ["cart::total"],
    },
  },
  log: "",
  argv: [],
  folder: "",
  by: "dana",
  at: "2026-11-27T10:00:00Z",
};

it("begins with what newly fails, and makes an issue of it in one press", async () => {
  const asked: [string, Record<string, unknown>][] = [];
  answering((name, request) => {
    asked.push([name, request]);
    if (name === "fix_evidence_issue") return { test: request.test, key: "ISS-9", known: false };
    const rows = request.which === "newly" ? [test("total", "newly")] : [test("old", "still")];
    return { rows, total: rows.length };
  });
  render(TestRun, { key: "HF-1", run: 2, recorded });
  expect(await screen.findByText(/total is 1.00, not 1.01/)).toBeTruthy();
  expect(asked[0]?.[1]).toMatchObject({ key: "HF-1", run: 2, which: "newly" });
  await userEvent.click(screen.getByText("Log as issue"));
  expect(await screen.findByText("Open ISS-9")).toBeTruthy();
  expect(asked.at(-1)).toEqual([
    "fix_evidence_issue",
    { key: "HF-1", run: 2, test: "cart::total" },
  ]);
  await userEvent.click(screen.getByLabelText("Failed 2"));
  expect(await screen.findByText(/old is 1.00, not 1.01/)).toBeTruthy();
});

it("finds by words, and says when there is no such test", async () => {
  answering((_, request) =>
    request.text === "nothing like it"
      ? { rows: [], total: 0 }
      : { rows: [test("total", "newly")], total: 1 },
  );
  render(TestRun, { key: "HF-1", run: 2, recorded });
  await screen.findByText(/total is 1.00/);
  await userEvent.type(screen.getByLabelText("Find a test of run 2"), "nothing like it");
  expect(await screen.findByText("No such test in this run.")).toBeTruthy();
});
