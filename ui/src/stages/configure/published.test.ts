import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type {
  CatalogObject,
  PublishedRow,
  PublishRun,
  SaveObject,
  SetPassword,
} from "../../rpc/generated";
import { kinds } from "./kinds";
import { newMark, runWords, server } from "./published";
import Settings from "./Settings.svelte";

const nothing: PublishRun = {
  ...{ calendar: "team", name: "Team" },
  ...{ added: 0, changed: 0, removed: 0, kept: 0, events: [] },
};

/** A core of a page: it keeps one published calendar, and answers what the test says. */
let team: CatalogObject & { kind: "published_calendar" };
let saves: SaveObject[];
let asked: { name: string; request: unknown }[];
let stands: Partial<PublishedRow>;
let answers: Record<string, (request: never) => unknown>;

beforeEach(() => {
  team = {
    ...kinds.published_calendar.fresh(),
    id: "team",
    name: "Team",
    address: "https://dav.example.com/team/releases/",
    user: "rita",
  };
  [saves, asked, stands] = [[], [], { good_at: new Date().toISOString(), events: 3 }];
  answers = {
    catalog_list: () => [{ object: structuredClone(team), version: 2 }],
    catalog_save: (request: SaveObject) => {
      saves.push(structuredClone(request));
      team = structuredClone(request.object) as typeof team;
      return {};
    },
    draft_load: () => ({ text: "" }),
    calendar_published: () => [
      { calendar: team, version: 2, lasting: false, failures: 0, published_here: true, ...stands },
    ],
    calendar_password: () => ({ kept: false }),
    calendar_publish_try: () => ({
      name: "Releases",
      may_write: true,
      would: {
        ...nothing,
        added: 1,
        events: [{ key: "DEP-1", summary: "HF-1 r1 → Shop Production", became: "added" }],
      },
    }),
    calendar_take_away: () => ({ ...nothing, removed: 3 }),
  };
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: never };
      asked.push({ name, request: structuredClone(request) });
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
  render(Settings, { params: { kind: "published-calendars", id }, query: new URLSearchParams() });
const button = (name: string | RegExp) => screen.findByRole("button", { name });
async function enter(user: ReturnType<typeof userEvent.setup>, field: Element, text: string) {
  await user.click(field);
  await user.paste(text);
}
const last = (name: string) => asked.findLast((each) => each.name === name)?.request;

describe("a published calendar", () => {
  it("is tried with its password before it is saved", async () => {
    const user = userEvent.setup();
    open("new");
    await enter(user, await screen.findByRole("textbox", { name: /^Name/ }), "Ops");
    const address = await screen.findByRole("textbox", { name: /^Address/ });
    await enter(user, address, "https://dav.example.com/ops/");
    await enter(user, await screen.findByRole("textbox", { name: /^User/ }), "rita");
    const field = await screen.findByLabelText<HTMLInputElement>(/^Give the password/, {
      selector: "input",
    });
    await enter(user, field, "s3cret");
    await user.click(await button("Keep it"));
    await waitFor(() => expect(last("calendar_password_set")).toBeDefined());
    const given = last("calendar_password_set") as SetPassword;
    await waitFor(() => expect(field.value, "it does not linger in the window").toBe(""));
    expect(given).toMatchObject({ address: "https://dav.example.com/", value: "s3cret" });
    await user.click(await button("Try it"));
    expect(await screen.findByText(/called “Releases”, and one may write there/)).toBeTruthy();
    expect(screen.getByText("HF-1 r1 → Shop Production")).toBeTruthy();
    expect(saves).toEqual([]);
    await user.click(await button(/^Save published calendar/));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]?.object).toMatchObject({ id: "ops", user: "rita", mark: given.mark });
    expect(JSON.stringify(saves)).not.toContain("s3cret");
  });

  it("says what is wrong, and what to do", async () => {
    const error = { kind: "vendor", message: "It wants a password (401).", hint: "Enter it." };
    stands = { error: error as PublishedRow["error"], lasting: true, events: 0 };
    open("team");
    expect(await screen.findByText("It wants a password (401).")).toBeTruthy();
    expect(screen.getByText("Needs you")).toBeTruthy();
  });

  it("is paused before what was published is taken away", async () => {
    const user = userEvent.setup();
    open("team");
    await user.click(await button("Pause"));
    const dialog = await screen.findByRole("dialog", { name: "Pause publishing" });
    await user.click(within(dialog).getByRole("button", { name: /^Take what was published away/ }));
    await waitFor(() => expect(last("calendar_take_away")).toEqual({ calendar: "team" }));
    const names = asked.map((each) => each.name);
    expect(names.indexOf("catalog_save")).toBeLessThan(names.indexOf("calendar_take_away"));
    expect(saves[0]).toMatchObject({ base: 2, object: { paused: true } });
  });

  it("is retired only after what stands there was asked about", async () => {
    const user = userEvent.setup();
    open("team");
    await user.click(await button("Retire"));
    const dialog = await screen.findByRole("dialog", { name: /^Retire/ });
    expect(last("catalog_retire")).toBeUndefined();
    await user.click(within(dialog).getByRole("button", { name: "Leave it there" }));
    await waitFor(() => expect(last("catalog_retire")).toBeDefined());
    expect(last("calendar_take_away")).toBeUndefined();
  });
});

describe("its words", () => {
  it("tell what was done, and by which server a password is kept", () => {
    expect(runWords({ ...nothing, added: 2, removed: 1 })).toBe("2 added, 1 removed");
    expect(runWords(nothing)).toMatch(/^nothing/);
    expect(server("https://dav.example.com:8443/a/b/")).toBe("https://dav.example.com:8443/");
    expect(server("dav")).toBeUndefined();
    expect(newMark()).toMatch(/^[0-9a-f]{16}$/);
    expect(newMark()).not.toBe(newMark());
  });
});
