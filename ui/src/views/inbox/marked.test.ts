import { describe, expect, it } from "vitest";
import { pieces } from "./marked";

const marked = (text: string, words: string[]) =>
  pieces(text, words)
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");

describe("the words of a title that another report has, too", () => {
  it("are marked where they stand, the longest first", () => {
    expect(marked("saved card: 500 at pay", ["card", "saved card", "pay", "500"])).toBe(
      "[saved card]: [500] at [pay]",
    );
  });
  it("are whole words", () => {
    expect(marked("payment after pay", ["pay"])).toBe("payment after [pay]");
  });
  it("may be pairs of characters where words have no spaces", () => {
    expect(marked("支付失败了", ["失败"])).toBe("支付[失败]了");
  });
  it("leave a text without them as it is", () => {
    expect(pieces("nothing", [])).toEqual([{ text: "nothing", marked: false }]);
    expect(pieces("", ["x"])).toEqual([]);
  });
});
