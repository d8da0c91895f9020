import { expect, test } from "vitest";
import { far, kinds } from "./saving.svelte";

test("how far it is, in words", () => {
  const progress = { subject: "~/HF-1.pdf", done: false, at: 30, of: 120 };
  expect(far({ ...progress, doing: "setting" })).toEqual({
    label: "Setting the pages",
    detail: "25 %",
  });
  expect(far({ ...progress, doing: "reading", of: 0 }).detail).toBe("");
});

test("each file has an ending of its own", () => {
  expect(kinds.map((kind) => kind.ending)).toEqual(["md", "html", "pdf", "zip"]);
});
