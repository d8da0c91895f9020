import { describe, expect, it } from "vitest";
import type { RecipeView } from "../../rpc/generated";
import { byLine, changeSystem, CUSTOM, found, lineRange, words } from "./endpoints";
import { kinds } from "./kinds";
import { prepared } from "./prepare";

function system(name: string, more: Partial<RecipeView> = {}): RecipeView {
  return { ...CUSTOM, name, title: name, description: "", ...more };
}

const jenkins = system("jenkins", {
  title: "Jenkins",
  description: "Builds a job with parameters",
  settings: [
    { name: "base_url", label: "Address", kind: "url", optional: false },
    { name: "job", label: "Job", kind: "text", optional: false },
  ],
  secrets: [
    { name: "token", label: "Token", optional: false },
    { name: "crumb", label: "Crumb", optional: true },
  ],
});
const github = system("github-actions", {
  settings: [
    {
      name: "base_url",
      label: "Address",
      kind: "url",
      optional: false,
      default: "https://api.github.com",
    },
    { name: "repository", label: "Repository", kind: "text", optional: false },
  ],
  secrets: [{ name: "token", label: "Token", optional: false }],
});

describe("choosing a system", () => {
  it("finds one by any of its words", () => {
    expect(found([jenkins, github], "job param")).toEqual([jenkins]);
    expect(found([jenkins, github], " GITHUB ")).toEqual([github]);
    expect(found([jenkins, github], "")).toHaveLength(2);
    expect(found([jenkins], "nothing")).toEqual([]);
  });

  it("keeps what both ask for and takes away what was the other's", () => {
    const values = kinds.endpoint.fresh();
    changeSystem(values, github, undefined);
    expect(values).toMatchObject({ base_url: "https://api.github.com", secrets: ["token"] });
    values.settings = { repository: "acme/shop" };
    changeSystem(values, jenkins, github);
    expect(values).toMatchObject({ recipe: "jenkins", base_url: "", settings: {} });
    values.base_url = "https://ci.example.org";
    changeSystem(values, github, jenkins);
    expect(values.base_url).toBe("https://ci.example.org");
  });

  it("saves nothing of a system that was left", () => {
    const values = kinds.endpoint.fresh();
    changeSystem(values, system("command"), undefined);
    Object.assign(values, { name: "Script", base_url: "http://x", proxy: "http://p", ca: "pem" });
    if (values.command) values.command.argv = ["run", "{{target}}", "", ""];
    const saved = prepared(values, []);
    expect(saved.command?.argv).toEqual(["run", "{{target}}"]);
    expect(saved).toMatchObject({ base_url: "", proxy: "", ca: "" });
    changeSystem(values, jenkins, undefined);
    expect(prepared(values, []).command).toBeNull();
  });
});

describe("a recipe's text", () => {
  it("has its mistakes by line, and finds a line", () => {
    const lines = byLine([
      { line: 2, message: "One." },
      { line: 2, message: "Two." },
      { line: 9, message: "Three." },
    ]);
    expect([...lines]).toEqual([
      [2, ["One.", "Two."]],
      [9, ["Three."]],
    ]);
    expect(lineRange("ab\ncd\nef", 2)).toEqual([3, 5]);
    expect(lineRange("ab\ncd\nef", 3)).toEqual([6, 8]);
    expect(lineRange("ab", 9)).toEqual([0, 2]);
  });

  it("takes words as they are typed, one a line", () => {
    expect(words("")).toEqual([]);
    expect(words("a b\n\n c")).toEqual(["a b", "", " c"]);
  });
});
