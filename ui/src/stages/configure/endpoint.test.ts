import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { CatalogObject, RecipeView, SaveObject } from "../../rpc/generated";
import { CUSTOM } from "./endpoints";
import { kinds } from "./kinds";
import Settings from "./Settings.svelte";

const jenkins: RecipeView = {
  ...CUSTOM,
  name: "jenkins",
  title: "Jenkins",
  description: "Builds a job with parameters.",
  settings: [
    { name: "base_url", label: "Address of Jenkins", kind: "url", optional: false },
    { name: "job", label: "Job", kind: "text", optional: false },
    { name: "branch", label: "Branch", kind: "text", optional: false, default: "main" },
  ],
  secrets: [{ name: "token", label: "API token", optional: false }],
  questions: ["health", "locate"],
  text: 'format = 1\nname = "jenkins"\n',
};
const salt: RecipeView = { ...CUSTOM, name: "salt", title: "Salt", description: "Runs a state." };

/** A core of a page: it keeps one endpoint, and answers what the test says. */
let endpoint: CatalogObject & { kind: "endpoint" };
let saves: SaveObject[];
let asked: unknown[];
let answers: Record<string, (request: never) => unknown>;

beforeEach(() => {
  endpoint = {
    ...kinds.endpoint.fresh(),
    id: "ci",
    name: "CI",
    recipe: "jenkins",
    base_url: "https://ci.example.org",
    secrets: ["token"],
  };
  [saves, asked] = [[], []];
  answers = {
    catalog_list: () => [{ object: structuredClone(endpoint), version: 2 }],
    catalog_save: (request: SaveObject) => {
      saves.push(structuredClone(request));
      return {};
    },
    draft_load: () => ({ text: "" }),
    recipe_list: () => [jenkins, salt],
    recipe_check: () => ({
      ...CUSTOM,
      problems: [{ line: 2, message: "The name is made of lower-case letters." }],
    }),
    endpoint_secrets: () => [
      { name: "token", kept: false, place: null, problem: "This machine has no keychain." },
    ],
    endpoint_try: (request: unknown) => {
      asked.push(request);
      return {
        ok: false,
        detail: "It answered 401.",
        hint: "Give the secret a new value.",
        request: "",
        answer: "",
        millis: 12,
        calls: [
          {
            method: "GET",
            address: "https://ci.example.org/api",
            headers: [{ name: "Authorization", value: "Basic ••••••" }],
            body: "",
            status: 401,
            answer_headers: [],
            answer_body: '{"why":"no"}',
            millis: 12,
            failure: null,
          },
        ],
      };
    },
  };
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: never };
      return answers[name]?.(request) ?? {};
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});
afterEach(() => {
  cleanup();
  forget();
  useTransport(undefined);
});

const open = (id: string) =>
  render(Settings, { params: { kind: "endpoints", id }, query: new URLSearchParams() });
const button = (name: string | RegExp) => screen.findByRole("button", { name });
const field = (name: RegExp) => screen.findByRole("textbox", { name });

describe("an endpoint", () => {
  it("is a system found by its words, with the fields that it asks for", async () => {
    const user = userEvent.setup();
    open("new");
    await user.type(await field(/^Name/), "Our CI");
    await screen.findByRole("radio", { name: /Salt/ });
    await user.type(await screen.findByRole("searchbox", { name: "Find a system" }), "job param");
    await waitFor(() => expect(screen.queryByRole("radio", { name: /Salt/ })).toBeNull());
    await user.click(await screen.findByRole("radio", { name: /Jenkins/ }));
    await user.type(await field(/^Address of Jenkins/), "https://ci.example.org");
    await user.type(await field(/^Job/), "deploy-shop");
    await screen.findByText("Left empty: main.");
    await user.click(await button(/^Save endpoint/));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]?.object).toMatchObject({
      kind: "endpoint",
      recipe: "jenkins",
      base_url: "https://ci.example.org",
      settings: { job: "deploy-shop" },
      secrets: ["token"],
      command: null,
    });
  });

  it("marks a recipe's mistake at its line and tells it below", async () => {
    const user = userEvent.setup();
    open("new");
    await user.click(await screen.findByRole("radio", { name: /recipe of my own/ }));
    const text = await screen.findByRole<HTMLTextAreaElement>("textbox", {
      name: /^Text of the recipe/,
    });
    await user.click(text);
    await user.paste('format = 1\nname = "X"\n');
    await user.click(await button("Line 2"));
    expect(text.value.slice(text.selectionStart, text.selectionEnd)).toBe('name = "X"');
    await screen.findByText("The name is made of lower-case letters.");
  });

  it("is tried: each call with its answer, and what to do about it", async () => {
    const user = userEvent.setup();
    open("ci");
    await user.click(await screen.findByRole("radio", { name: "Run of a key" }));
    await user.type(await field(/^Key of the call/), "HF-3.staging.1");
    await user.click(await button("Try it"));
    const call = within(await screen.findByRole("article", { name: /api/ }));
    call.getByText("Basic ••••••");
    call.getByText(/"why": "no"/);
    await screen.findByText("Give the secret a new value.");
    expect(asked).toEqual([
      { endpoint: "ci", params: { key: "HF-3.staging.1" }, question: "locate" },
    ]);
  });

  it("offers to keep a secret for the session where no keychain answers", async () => {
    const user = userEvent.setup();
    open("ci");
    await screen.findByText("This machine has no keychain.");
    await user.click(await button("Give value…"));
    const session = await screen.findByRole<HTMLInputElement>("checkbox", {
      name: /Only until the program ends/,
    });
    expect(session.checked).toBe(true);
  });
});
