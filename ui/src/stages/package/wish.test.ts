import { describe, expect, it } from "vitest";
import { far } from "./packaging.svelte";
import { lacking, request, source, type Wish } from "./wish";

const wish = (over: Partial<Wish> = {}): Wish => ({
  take: "changed",
  commit: "",
  from: [],
  include: [],
  exclude: [],
  format: "tar_zst",
  notes: { install: "", rollback: "" },
  ...over,
});

describe("what the form says of a package", () => {
  it("asks for the files of the change unless another commit is named", () => {
    expect(request("HF-1", wish())).toMatchObject({ take: "changed", commit: null, from: [] });
    expect(request("HF-1", wish({ take: "all", commit: " v1 " }))).toMatchObject({
      take: "all",
      commit: "v1",
    });
  });
  it("forgets a commit that no file is taken from, and paths that are empty", () => {
    const asked = request(
      "HF-1",
      wish({ take: "none", commit: "v1", from: [source(" "), source("/a")] }),
    );
    expect(asked).toMatchObject({ take: null, commit: null, from: [{ path: "/a", role: null }] });
  });
  it("says what it lacks before anything is asked", () => {
    expect(lacking(wish())).toBeUndefined();
    expect(lacking(wish({ take: "none" }))).toMatch(/at least one/);
    expect(lacking(wish({ take: "none", from: [source("/a")] }))).toBeUndefined();
  });
});

describe("how far it is", () => {
  const base = {
    subject: "HF-1",
    done: false,
    files: 0,
    built: null,
    error: null,
  } as const;
  it("counts files while the bytes are not known, then tells the share of the bytes", () => {
    const looking = { ...base, doing: "looking" as const, files: 12000, bytes: 0, of_bytes: 0 };
    expect(far(looking).detail).toMatch(/12.000 files/);
    const packing = { ...base, doing: "packing" as const, bytes: 5e8, of_bytes: 2e9 };
    expect(far(packing)).toEqual({ label: "Packing", detail: "500 MB of 2.0 GB · 25 %" });
  });
});
