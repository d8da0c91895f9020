import { describe, expect, it } from "vitest";
import { wantedTargets } from "./targets";

const done = (left_out: string[]) => ({
  environment: "production",
  hash: "ab",
  state: "done" as const,
  left_out,
});

describe("the targets that are offered first", () => {
  it("are all of them at the beginning", () => {
    expect(wantedTargets(["eu", "us"], [], "production", "ab")).toEqual(["eu", "us"]);
  });
  it("are those that the bytes have still to reach", () => {
    expect(wantedTargets(["eu", "us"], [done(["us"])], "production", "ab")).toEqual(["us"]);
    expect(wantedTargets(["eu", "us"], [done(["us"])], "staging", "ab")).toEqual(["eu", "us"]);
    expect(wantedTargets(["eu", "us"], [done(["us"])], "production", "cd")).toEqual(["eu", "us"]);
  });
  it("are all again once every one has them", () => {
    const both = [done(["us"]), done(["eu"])];
    expect(wantedTargets(["eu", "us"], both, "production", "ab")).toEqual(["eu", "us"]);
  });
});
