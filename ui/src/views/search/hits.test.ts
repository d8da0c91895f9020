import { describe, expect, it } from "vitest";
import type { Filter, Hit } from "../../rpc/generated";
import { alsoShown, atValue, lines, pieces, placeOf, searchPlace, stateOf, without } from "./hits";

const hit = (key: string, kind: string, snippet: string): Hit => ({
  key,
  kind,
  title: "500 after Pay",
  marks: [],
  snippet,
  state: "new",
  priority: null,
  product: null,
  at: "2026-11-24T12:00:00Z",
});
const hits = [
  hit("ISS-2", "issue", "a \u2068saved\u2069\ncard"),
  hit("HF-1", "hotfix", "500 after Pay"),
];
const filter = (text: string): Filter => ({
  text,
  field: "state",
  value: "new",
  without: false,
  left_out: false,
});

describe("a line of the palette", () => {
  it("is plain text that leads to the issue", () => {
    expect(lines(hits, "issue")).toMatchObject([
      { id: "ISS-2", label: "500 after Pay", hint: "ISS-2 · a saved card", href: "/inbox/ISS-2" },
    ]);
  });
  it("does not say the title twice", () => {
    expect(lines(hits, "hotfix")[0]?.hint).toBe("HF-1");
  });
});

it("each kind leads to its own place and says its state in words", () => {
  expect(placeOf({ kind: "report", key: "HF-7" })).toBe("/fix/HF-7/report");
  expect(placeOf({ kind: "message", key: "MSG-3" })).toBe("/messages/MSG-3");
  expect(stateOf({ kind: "issue", state: "needs_info" })).toBe("Needs info");
  expect(stateOf({ kind: "hotfix", state: "rollout" })).toBe("Rollout");
});

it("an address holds any text", () => {
  expect(searchPlace("  ")).toBe("/search");
  expect(searchPlace("50 % of a/b? #1 検索")).toBe(
    `/search/${encodeURIComponent("50 % of a/b? #1 検索")}`,
  );
});

it("a snippet is cut at its marks", () => {
  expect(pieces("…a \u2068saved\u2069 card")).toEqual([
    { text: "…a ", marked: false },
    { text: "saved", marked: true },
    { text: " card", marked: false },
  ]);
  expect(pieces("\u2068open")).toEqual([{ text: "open", marked: true }]);
});

it("a field is taken out of the text, and nothing else", () => {
  expect(without("card state:new refused", filter("state:new"))).toBe("card refused");
  expect(without("state:new", filter("state:new"))).toBe("");
  expect(without('reporter:"Ann P" x', filter('reporter:"Ann P"'))).toBe("x");
  expect(without("card", filter("state:new"))).toBe("card");
});

it("knows when a value is to be chosen", () => {
  for (const text of ["state:", "card state:n", '-reporter:"Ann ']) {
    expect(atValue(text), text).toBe(true);
  }
  for (const text of ["card", "state:new ", "12:30", "a b"])
    expect(atValue(text), text).toBe(false);
});

it("says what a misspelt word was taken for", () => {
  const found = {
    hits: [],
    more: false,
    filters: [],
    notes: [],
    instead: [{ typed: "chekcout", shown: ["checkout", "checkouts"] }],
  };
  expect(alsoShown(found)).toEqual(["Also shown for “chekcout”: checkout, checkouts."]);
});
