import { describe, expect, it } from "vitest";
import type { Person } from "../../rpc/generated";
import { begun, bits, meant } from "./mention";

const person = (id: string, name: string): Person => ({
  id,
  name,
  mail: "",
  roles: [],
  zone: "UTC",
  calendar: null,
});
const people = [person("sam", "Sam Okafor"), person("rita", "Rita Marsh"), person("ma", "马力")];

describe("a mention", () => {
  const shown = (text: string) =>
    bits(text, (id) => people.find((one) => one.id === id)?.name)
      .map((bit) => (bit.person ? `[${bit.text}]` : bit.text))
      .join("");

  it("is a key behind an @, and no mail address", () => {
    expect(shown("@sam, ask mail@rita.example or @nobody.")).toBe(
      "[@Sam Okafor], ask mail@rita.example or @nobody.",
    );
    expect(shown("(@rita)")).toBe("([@Rita Marsh])");
    expect(shown("支付@sam")).toBe("支付@sam");
  });

  it("begins with an @ before the caret", () => {
    expect(begun("hello @ri", 9)).toBe("ri");
    expect(begun("hello @ri", 5)).toBeUndefined();
    expect(begun("a@ri", 4)).toBeUndefined();
    expect(begun("@", 1)).toBe("");
  });

  it("is found by key or any part of the name", () => {
    expect(meant(people, "oka").map((one) => one.id)).toEqual(["sam"]);
    expect(meant(people, "马").map((one) => one.id)).toEqual(["ma"]);
    expect(meant(people, "")).toHaveLength(3);
  });
});
