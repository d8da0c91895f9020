import { describe, expect, it } from "vitest";
import { merged } from "../../kit/merge";
import { environment, kinds } from "./kinds";
import { freeKey, keyOf, prepared, readBack, unread, written } from "./prepare";

describe("a key", () => {
  it.each([
    ["Release managers", "release-managers"],
    ["Übergrößen & Co.", "ubergrossen-co"],
    ["eu-west-1", "eu-west-1"],
    ["متجر", ""],
  ])("of “%s” is “%s”", (name, key) => {
    expect(keyOf(name)).toBe(key);
  });

  it("is never one that is taken", () => {
    expect(freeKey("Shop", ["shop", "shop-2"], "product")).toBe("shop-3");
    expect(freeKey("متجر", [], "product")).toBe("product");
  });
});

describe("what is saved", () => {
  it("has a key for each new row, and keeps those that were given", () => {
    const product = kinds.product.fresh();
    product.name = " Shop ";
    product.environments = [environment("prod", "Live", true), environment("", "Live", true)];
    const sent = prepared(product, ["shop"]);
    expect([sent.id, sent.name]).toEqual(["shop-2", "Shop"]);
    expect(sent.environments.map((e) => e.id)).toEqual(["prod", "live"]);
    expect(product.environments[1]?.id).toBe("");
  });

  it("names every number that could not be read, by its place", () => {
    const rubric = kinds.rubric.fresh();
    const [, second] = rubric.targets;
    if (second) second.resolve_minutes = NaN;
    expect(unread(rubric)).toEqual(["targets.1.resolve_minutes"]);
  });

  it("is drafted with its unread numbers", () => {
    expect(readBack(written({ a: NaN, b: null }))).toEqual({ a: NaN, b: null });
    expect(readBack("half a dra")).toBeUndefined();
  });
});

describe("two edits of one object", () => {
  const from = { name: "Shop", team: null as string | null, versions: ["1"] };

  it("come together where they touch different fields", () => {
    const mine = { ...from, name: "The shop" };
    const { object, clashes } = merged(from, mine, { ...from, versions: ["1", "2"] });
    expect(object).toEqual({ name: "The shop", team: null, versions: ["1", "2"] });
    expect(clashes).toEqual([]);
  });

  it("clash where they touch the same, and mine still stands", () => {
    const { object, clashes } = merged(
      from,
      { ...from, name: "Mine" },
      { ...from, name: "Theirs", team: "core" },
    );
    expect(object.name).toBe("Mine");
    expect(object.team).toBe("core");
    expect(clashes).toEqual([{ field: "name", mine: "Mine", theirs: "Theirs" }]);
  });
});
