import { describe, expect, it } from "vitest";
import { ApiError } from "../../rpc/client";
import { atField, empty, readDraft, toLog, toPerson } from "./report";

describe("a report", () => {
  it("needs no product", () => {
    expect(toLog({ ...empty, title: "500 after Pay" }).product).toBeNull();
  });

  it("adds a caller with what they said, or with the sentence if they said nothing more", () => {
    const caller = { ...empty, title: "500 after Pay", name: "Ann", affected: 3 };
    expect(toPerson(caller, "ISS-1")).toMatchObject({ said: "500 after Pay", affected: 3 });
    expect(toPerson({ ...caller, description: "Twice." }, "ISS-1").said).toBe("Twice.");
  });

  it("shows a refusal at the field it was typed in", () => {
    const refused = (where: string) => atField(new ApiError("invalid", "No.", undefined, where));
    expect(refused("text.title").where).toBe("title");
    expect(refused("contact.name").where).toBe("name");
    expect(refused("affected").where).toBe("affected");
  });

  it("survives a draft of another version", () => {
    expect(readDraft('{"title":"Half","gone":1}')).toEqual({ title: "Half" });
    expect(readDraft("{broken")).toBeUndefined();
    expect(readDraft("")).toBeUndefined();
  });
});
