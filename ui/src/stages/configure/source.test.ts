import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { CatalogObject, Issue, SaveObject, SourceRow } from "../../rpc/generated";
import CameFrom from "../../views/sources/CameFrom.svelte";
import { kinds } from "./kinds";
import Settings from "./Settings.svelte";
import { isFile, runWords } from "./sources";

/** A core of a page: it keeps one source, and answers what the test says. */
let source: CatalogObject & { kind: "source" };
let saves: SaveObject[];
let stands: Partial<SourceRow>;
let tried: unknown[];
let answers: Record<string, (request: never) => unknown>;

beforeEach(() => {
  source = {
    ...kinds.source.fresh(),
    id: "alerts",
    name: "Alerts",
    address: "https://alerts.example.com",
  };
  [saves, tried, stands] = [[], [], { good_at: new Date().toISOString() }];
  answers = {
    catalog_list: () => [{ object: structuredClone(source), version: 2 }],
    catalog_save: (request: SaveObject) => {
      saves.push(structuredClone(request));
      return {};
    },
    draft_load: () => ({ text: "" }),
    source_list: () => [
      {
        source,
        version: 2,
        logged: 1,
        counted: 9999,
        answered: 0,
        going_on: 1,
        lasting: false,
        read_here: true,
        ...stands,
      },
    ],
    source_secret: () => ({ kept: false }),
    source_try: (request: unknown) => {
      tried.push(request);
      return [
        {
          became: "issue",
          id: "alertname=Slow",
          url: "",
          title: "Slow: Cart is slow",
          text: "9 s",
          reporter: "",
          product: null,
          component: "cart",
          version: "",
          environment: "",
          times: 10000,
        },
      ];
    },
    source_run: () => ({ logged: 0, counted: 3, answered: 0, noted: 0, known: 2 }),
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
  render(Settings, { params: { kind: "sources", id }, query: new URLSearchParams() });
const button = (name: string | RegExp) => screen.findByRole("button", { name });

describe("a source", () => {
  it("is made with the words of its system", async () => {
    const user = userEvent.setup();
    open("new");
    await user.type(await screen.findByRole("textbox", { name: /^Name/ }), "Shop");
    // A page without layout cannot open the list; typing on its button chooses as well.
    (await screen.findByLabelText(/^System/)).focus();
    await user.keyboard("gith");
    const address = await screen.findByRole<HTMLInputElement>("textbox", { name: /^Address/ });
    expect(address.value).toBe("https://api.github.com");
    await user.type(await screen.findByRole("textbox", { name: /^Repository/ }), "acme/shop");
    await user.click(await button(/^Save source/));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]?.object).toMatchObject({
      kind: "source",
      id: "shop",
      system: "github",
      query: "acme/shop",
      secret: true,
      every_seconds: 60,
    });
  });

  it("shows what it would bring, as it is written, and logs nothing", async () => {
    const user = userEvent.setup();
    open("alerts");
    await user.type(await screen.findByRole("textbox", { name: /^Matchers/ }), "a=1");
    await user.click(await button("Try it"));
    expect(await screen.findByText("Slow: Cart is slow")).toBeTruthy();
    expect(screen.getByText(/seen 10,000 times/)).toBeTruthy();
    expect(tried[0]).toMatchObject({ draft: { query: "a=1" } });
    expect(saves).toEqual([]);
  });

  it("says what is wrong and what to do", async () => {
    stands = {
      error: {
        kind: "vendor",
        message: "GitHub does not accept who asks (401).",
        hint: "Enter the secret again.",
      },
      lasting: true,
    };
    open("alerts");
    expect(await screen.findByText("GitHub does not accept who asks (401).")).toBeTruthy();
    expect(screen.getByText("Enter the secret again.")).toBeTruthy();
    expect(screen.getByText("Needs you")).toBeTruthy();
  });

  it("of a calendar may be a file, which has no question, user or secret", async () => {
    const user = userEvent.setup();
    source = { ...source, system: "ics", address: "https://calendar.example.com/team.ics" };
    stands = {
      entries: 3,
      skipped: [{ line: 7, message: "The event has no DTSTART." }],
      good_at: new Date(Date.now() - 7_200_000).toISOString(),
      error: {
        kind: "invalid",
        message: "There is no file /home/me/team.ics on this machine (build-7).",
        hint: "What came from it before stays as it is.",
      },
    };
    open("alerts");
    const address = await screen.findByRole("textbox", { name: /^Address or file/ });
    expect(screen.getByRole("textbox", { name: /^Question/ })).toBeTruthy();
    await user.clear(address);
    await user.type(address, "/home/me/team.ics");
    expect(screen.queryByRole("textbox", { name: /^Question/ })).toBeNull();
    expect(screen.queryByRole("textbox", { name: /^User/ })).toBeNull();
    expect(screen.queryByRole("checkbox", { name: /token or a password/ })).toBeNull();
    expect(screen.getByText(/no file .* on this machine \(build-7\)/)).toBeTruthy();
    expect(document.body.textContent).toMatch(
      /Keeps 3 calendar entries\s+in step, as they were read/,
    );
    expect(screen.getByText("line 7")).toBeTruthy();
    await user.click(await button(/^Save/));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]?.object).toMatchObject({ system: "ics", address: "/home/me/team.ics" });
  });

  it("tells a path from an address as the core does", () => {
    for (const path of ["/a/b.ics", " ~/b.ics", "C:\\b.ics", "d:/b.ics", "file:///a/b.ics"])
      expect(isFile(path), path).toBe(true);
    for (const other of ["", "b.ics", "https://a/b.ics", "webcal://a", "c://a", "file://server/a"])
      expect(isFile(other), other).toBe(false);
  });

  it("is paused as it is saved, whatever is being typed", async () => {
    const user = userEvent.setup();
    open("alerts");
    await user.type(await screen.findByRole("textbox", { name: /^Matchers/ }), "half");
    await user.click(await button("Pause"));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]).toMatchObject({ base: 2, object: { paused: true, query: "" } });
  });
});

describe("what came of a reading", () => {
  it("is said in words", () => {
    const none = {
      ...{ logged: 0, counted: 0, answered: 0, noted: 0, known: 0 },
      ...{ added: 0, changed: 0, retired: 0, skipped: 0 },
    };
    expect(runWords(none)).toBe("Nothing there");
    expect(runWords({ ...none, logged: 1, counted: 2 })).toBe("1 new issue, 2 counted again");
  });
});

describe("where an issue came from", () => {
  const issue = {
    origin: { source: "alertmanager:prod", id: "x", url: "https://prom.example.com/graph" },
    seen_again: 9999,
    last_seen_at: new Date(Date.now() - 120_000).toISOString(),
  } satisfies Partial<Issue>;

  it("is shown with how often it was seen, and opened outside", async () => {
    const opened: unknown[] = [];
    useTransport({
      invoke: async (name, args) => void (name === "link_open" && opened.push(args)),
      listen: async () => () => {},
      channel: () => undefined,
    });
    const user = userEvent.setup();
    const { container } = render(CameFrom, { issue });
    expect(container.textContent).toContain("From alertmanager:prod");
    expect(container.textContent).toMatch(/seen 10,000 times, last 2 min/);
    await user.click(screen.getByRole("button", { name: "Open it there" }));
    expect(opened).toEqual([{ url: "https://prom.example.com/graph" }]);
  });

  it("is nothing for what a person logged", () => {
    const { container } = render(CameFrom, {
      issue: { origin: null, seen_again: 0, last_seen_at: null },
    });
    expect(container.textContent?.trim()).toBe("");
  });
});
