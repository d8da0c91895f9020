import { describe, expect, it } from "vitest";
import type { Defaults } from "../../rpc/generated";
import { offered } from "./offered";
import { empty } from "./report";

const usual: Defaults = {
  product: "shop",
  version: "4.8",
  environment: "production",
  component: "",
  channel: "mail",
};

describe("what is usual", () => {
  it("stands in an empty report", () => {
    expect(offered(empty, {}, [], usual)).toEqual({
      product: "shop",
      version: "4.8",
      environment: "production",
      component: "",
      channel: "mail",
    });
  });

  it("gives way to what was typed, and to nothing that somebody took out", () => {
    const typed = { ...empty, product: "shop", version: "5.0", component: "cart" };
    const next = offered(typed, { version: "4.8" }, ["product", "version", "environment"], usual);
    expect(next).toEqual({ channel: "mail" });
  });

  it("follows the product: what was offered for another goes", () => {
    const values = { ...empty, product: "billing", version: "4.8", environment: "production" };
    const before = { product: "shop", version: "4.8", environment: "production" };
    const next = offered(values, before, ["product"], {
      ...usual,
      product: "billing",
      version: "2.1",
      environment: "",
    });
    expect(next).toMatchObject({ version: "2.1", environment: "" });
  });

  it("of another product is not offered", () => {
    const values = { ...empty, product: "billing" };
    expect(offered(values, {}, ["product"], usual)).toEqual({ channel: "mail" });
  });
});
