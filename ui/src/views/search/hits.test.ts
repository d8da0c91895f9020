import { expect, it } from "vitest";
import { lines } from "./hits";

const hits = [
  { key: "ISS-2", kind: "issue", title: "500 after Pay", snippet: "a \u2068saved\u2069\ncard" },
  { key: "HF-1", kind: "hotfix", title: "500 after Pay", snippet: "500 after Pay" },
];

it("shows a hit as plain text that leads to the issue", () => {
  expect(lines(hits, "issue")).toEqual([
    { id: "ISS-2", label: "500 after Pay", hint: "ISS-2 · a saved card", href: "/inbox/ISS-2" },
  ]);
});

it("does not say the title twice", () => {
  expect(lines(hits, "hotfix")[0]?.hint).toBe("HF-1");
});
