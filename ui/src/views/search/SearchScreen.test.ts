import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import type { Found, Hit } from "../../rpc/generated";
import { useTransport } from "../../rpc/client";
import { session } from "../session.svelte";
import SearchScreen from "./SearchScreen.svelte";

const hit = (key: string, title: string, more: Partial<Hit> = {}): Hit => ({
  key,
  kind: key.startsWith("HF") ? "hotfix" : "issue",
  title,
  marks: [],
  snippet: "",
  state: key.startsWith("HF") ? "rollout" : "new",
  priority: null,
  product: null,
  at: "2026-11-24T12:00:00Z",
  ...more,
});
const nothing: Found = { hits: [], more: false, instead: [], filters: [], notes: [] };

/** What the core answers to a text; a promise is an answer that is on its way. */
let answers: Record<string, Partial<Found> | Promise<Partial<Found>>> = {};
let suggested: Record<string, { text: string; label: string; hint: string }[]> = {};

beforeEach(() => {
  location.hash = "#/search";
  answers = {};
  suggested = {};
  session.status = "open";
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: { text?: string } };
      const text = request.text ?? "";
      if (name === "search") return { ...nothing, ...(await answers[text]) };
      if (name === "search_suggest") return suggested[text] ?? [];
      return [];
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

function open(text = "") {
  render(SearchScreen, {
    params: (text ? { text } : {}) as Record<string, string>,
    query: new URLSearchParams(),
  });
  const line = () => screen.getByRole("combobox");
  const chosen = () => screen.getAllByRole("option").find((o) => o.ariaSelected === "true");
  return { user: userEvent.setup(), line, chosen };
}

describe("the search", () => {
  it("teaches while it is empty, and each example can be used", async () => {
    const { user, line } = open();
    expect(document.activeElement).toBe(line());
    await user.click(screen.getByRole("button", { name: "state:open priority:1" }));
    expect((line() as HTMLInputElement).value).toBe("state:open priority:1");
    expect(document.activeElement).toBe(line());
  });

  it("shows why something was found, and opens it by keyboard", async () => {
    answers["card"] = {
      hits: [
        hit("ISS-1", "Card refused", { marks: ["Card"], snippet: "a saved \u2068card\u2069" }),
        hit("HF-2", "Cards again"),
      ],
    };
    const { user, line, chosen } = open();
    await user.type(line(), "card");
    await screen.findByText("Cards again");
    expect([...document.querySelectorAll("mark")].map((m) => m.textContent)).toEqual([
      "Card",
      "card",
    ]);
    expect(chosen()?.textContent).toContain("ISS-1");
    await user.keyboard("{ArrowDown}");
    expect(chosen()?.textContent).toContain("HF-2");
    await user.keyboard("{Enter}");
    expect(location.hash).toBe("#/fix/HF-2");
  });

  it("an answer that comes late never takes the place of a newer one", async () => {
    let late: (found: Partial<Found>) => void = () => {};
    answers["ca"] = new Promise((resolve) => (late = resolve));
    answers["card"] = { hits: [hit("ISS-2", "The newer")] };
    const { user, line } = open();
    await user.type(line(), "ca");
    await new Promise((done) => setTimeout(done, 90));
    await user.type(line(), "rd");
    await screen.findByText("The newer");
    late({ hits: [hit("ISS-1", "The older")] });
    await new Promise((done) => setTimeout(done, 20));
    expect(screen.queryByText("The older")).toBeNull();
    expect(screen.getByText("The newer")).toBeTruthy();
  });

  it("completes a field by keyboard and takes it away by its chip", async () => {
    suggested["card sta"] = [{ text: "card state:", label: "state:", hint: "" }];
    suggested["card state:"] = [{ text: "card state:new ", label: "new", hint: "" }];
    answers["card sta"] = { hits: [hit("ISS-1", "Card states")] };
    const filter = {
      text: "state:new",
      field: "state",
      value: "new",
      without: false,
      left_out: false,
    };
    answers["card state:new "] = { hits: [hit("ISS-1", "Card refused")], filters: [filter] };
    answers["card "] = { hits: [hit("ISS-9", "Card of another state")] };
    const { user, line, chosen } = open();
    await user.type(line(), "card sta");
    await screen.findByText("Card states");
    await screen.findByText("state:");
    expect(chosen()?.textContent, "words go on with what they found").toContain("ISS-1");
    await user.keyboard("{ArrowUp}{Enter}");
    await waitFor(() => expect(chosen()?.textContent?.trim()).toBe("new"));
    await user.keyboard("{Tab}");
    await screen.findByText("Card refused");
    expect((line() as HTMLInputElement).value).toBe("card state:new ");
    await user.click(screen.getByRole("button", { name: "Remove state:new" }));
    await screen.findByText("Card of another state");
    expect(document.activeElement).toBe(line());
  });

  it("says what a misspelt word was taken for and what was not understood", async () => {
    answers["chekcout state:x"] = {
      hits: [hit("ISS-1", "Checkout hangs")],
      instead: [{ typed: "chekcout", shown: ["checkout"] }],
      notes: ["There is no state “x”; there are: open, new."],
    };
    open("chekcout state:x");
    await screen.findByText("Also shown for “chekcout”: checkout.");
    expect(screen.getByText(/There is no state “x”/)).toBeTruthy();
  });

  it("Escape puts suggestions away first, then the text; nothing found says what to try", async () => {
    suggested["state:"] = [{ text: "state:new ", label: "new", hint: "" }];
    const { user, line } = open("state:");
    await screen.findByText("new");
    expect(screen.queryByText("Nothing has these words"), "a value is to come").toBeNull();
    await user.click(line());
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByText("new")).toBeNull());
    await screen.findByText("Nothing has these words");
    await user.keyboard("{Escape}");
    expect((line() as HTMLInputElement).value).toBe("");
  });

  it("keeps any text in the address", async () => {
    const { user, line } = open();
    await user.type(line(), "50 % of a/b?");
    await waitFor(() =>
      expect(location.hash).toBe(`#/search/${encodeURIComponent("50 % of a/b?")}`),
    );
  });
});
