import { describe, expect, it } from "vitest";
import { fitting, keyPlace, score } from "./palette";
import { Routes } from "./routes.svelte";
import type { Screen } from "../kit/screen";

const screenAt = (path: string) => ({ path, title: path }) as Screen;

describe("places", () => {
  const routes = new Routes();
  routes.register({
    screens: ["/inbox/:key?", "/fix/:key/*rest", "/fix/new", "/fix"].map(screenAt),
  });
  it.each([
    ["/inbox", "/inbox/:key?", {}],
    ["/inbox/ISS-12", "/inbox/:key?", { key: "ISS-12" }],
    ["/fix", "/fix", {}],
    ["/fix/new", "/fix/new", {}],
    ["/fix/HF-3/deploy/2", "/fix/:key/*rest", { key: "HF-3", rest: "deploy/2" }],
  ])("%s shows %s", (path, pattern, params) => {
    const match = routes.match(path);
    expect([match?.screen.path, match?.params]).toEqual([pattern, expect.objectContaining(params)]);
  });
  it("an unknown or broken place shows nothing rather than failing", () => {
    expect(routes.match("/nowhere")).toBeUndefined();
    expect(routes.match("/inbox/%E0%A4%A")?.params.key).toBe("%E0%A4%A");
  });
});

describe("the palette", () => {
  it("jumps to keys however they are typed", () => {
    expect(keyPlace("iss 482")?.path).toBe("/inbox/ISS-482");
    expect(keyPlace("HF-13 r2")?.path).toBe("/fix/HF-13");
    expect(keyPlace("hf13x")).toBeUndefined();
  });
  it("puts what begins with the words before what only contains them", () => {
    const list = ["Log an issue", "Triage", "Go to Inbox", "Open the log"].map((label) => ({
      id: label,
      label,
      run: () => {},
    }));
    expect(fitting("log", list).map((c) => c.label)).toEqual(["Log an issue", "Open the log"]);
    expect(score("gi", "Go to Inbox")).toBeGreaterThan(0);
    expect(score("zz", "Go to Inbox")).toBe(0);
  });
});
