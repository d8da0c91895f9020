import { describe, expect, it } from "vitest";
import type { CatalogObject, Message } from "../../rpc/generated";
import { noTelling } from "../../views/schedule/notices";
import {
  AFFECTED,
  again,
  audiencesFor,
  readersOf,
  sendWords,
  templatesFor,
  usualAudience,
} from "./compose";

const audience = (id: string, affected: boolean, product: string | null = null): CatalogObject => ({
  kind: "audience",
  id,
  name: id,
  product,
  environments: [],
  tell: noTelling,
  affected,
  people: [],
  teams: [],
  readers: null,
  quiet: { when: "workspace" },
});

describe("whom a message is for", () => {
  const objects = [
    audience("everyone", true),
    audience("inside", false),
    audience("shop-inside", false, "shop"),
    audience("billing", false, "billing"),
  ];

  it("offers no audience of another product", () => {
    expect(audiencesFor(objects, "shop").map((a) => a.id)).toEqual([
      "everyone",
      "inside",
      "shop-inside",
    ]);
  });

  it("tells the product's own stakeholders before it ships, and who complained afterwards", () => {
    const fitting = audiencesFor(objects, "shop");
    expect(usualAudience(fitting, "scheduled")).toBe("shop-inside");
    expect(usualAudience(fitting, "fixed")).toBe("");
    expect(usualAudience([], "scheduled")).toBe("");
  });

  it("offers templates of its purpose only, and first those for whoever reads it", () => {
    const template = (
      id: string,
      purpose: "fixed" | "delayed",
      readers: "public" | "internal" | null = null,
    ): CatalogObject => ({
      kind: "template",
      id,
      name: id,
      purpose,
      readers,
      subject: "",
      body: "",
      texts: {},
    });
    const all = [template("a", "fixed"), template("b", "delayed")];
    expect(templatesFor(all, "delayed", "public").map((t) => t.id)).toEqual(["b"]);
    all.push(template("c", "delayed", "internal"), template("d", "delayed", "public"));
    expect(templatesFor(all, "delayed", "public").map((t) => t.id)).toEqual(["d", "b"]);
    expect(templatesFor(all, "delayed", "internal").map((t) => t.id)).toEqual(["c", "b"]);
    // Who is affected is outside, unless it is said otherwise.
    const audiences = [audience("all", true), audience("staff", false)];
    expect(["", "all", "staff", "gone"].map((id) => readersOf(audiences, id))).toEqual([
      "public",
      "public",
      "internal",
      "public",
    ]);
  });
});

describe("sending", () => {
  it("says how many before it is pressed, and that a dry run is one", () => {
    expect(sendWords(1, false)).toBe("Tell 1 person");
    expect(sendWords(14, true)).toBe("Tell 14 people (dry run)");
    expect(sendWords(0, false)).toBe("Tell nobody");
  });

  it("goes on with the very text and people of what was taken back", () => {
    const message = {
      audience: null,
      channel: "desktop",
      text: { subject: "Fixed", body: "It is.", recipients: [] },
    } as unknown as Message;
    expect(again(message)).toEqual({
      audience: AFFECTED,
      template: "",
      channel: "desktop",
      messenger: "",
      typed: { desktop: { subject: "Fixed", body: "It is." } },
    });
  });
});
