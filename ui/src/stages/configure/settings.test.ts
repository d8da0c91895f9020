import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { forget, invalidate } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import type { CatalogObject, CatalogRow, SaveObject } from "../../rpc/generated";
import { environment, kinds } from "./kinds";
import Settings from "./Settings.svelte";

/** A core of a page: it keeps the catalog and drafts, and refuses what the test says. */
let rows: CatalogRow[];
let drafts: Record<string, string>;
let refuse: object | undefined;
let saves: SaveObject[];
let retired: string[];

const answers: Record<string, (request: never) => unknown> = {
  catalog_list: () => structuredClone(rows),
  catalog_save: (request: SaveObject) => {
    if (refuse) throw refuse;
    saves.push(structuredClone(request));
    save(request.object);
    return {};
  },
  catalog_retire: ({ id }: { id: string }) => {
    retired.push(id);
    rows = rows.filter((row) => row.object.id !== id);
    return {};
  },
  draft_load: ({ name }: { name: string }) => ({ text: drafts[name] ?? "" }),
  draft_save: ({ name, text }: { name: string; text: string }) => {
    drafts[name] = text;
    return {};
  },
  recipe_list: () => [],
};
function save(object: CatalogObject) {
  const found = rows.find((r) => r.object.kind === object.kind && r.object.id === object.id);
  if (found) Object.assign(found, { object, version: found.version + 1 });
  else rows.push({ object, version: 1 });
}
const rita: CatalogObject = { ...kinds.person.fresh(), id: "rita", name: "Rita", roles: ["owner"] };
const shop: CatalogObject = {
  ...kinds.product.fresh(),
  id: "shop",
  name: "Shop",
  environments: [
    {
      ...environment("staging", "Staging", false),
      targets: [{ id: "eu-1", wave: 1, endpoint: "deployer", params: {} }],
    },
  ],
};

beforeEach(() => {
  rows = [
    { object: rita, version: 3 },
    { object: shop, version: 1 },
  ];
  [drafts, saves, retired, refuse] = [{}, [], [], undefined];
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

function open(kind: string, id: string) {
  return render(Settings, { params: { kind, id }, query: new URLSearchParams() });
}
const field = (name: string | RegExp) =>
  screen.findByRole("textbox", { name }) as Promise<HTMLInputElement>;
const button = (name: string | RegExp) => screen.findByRole("button", { name });

describe("an object of the catalog", () => {
  it("gets its key from its name, and may be given another while it is new", async () => {
    const user = userEvent.setup();
    open("teams", "new");
    await user.type(await field(/^Name/), "Release managers");
    expect((await field("Key")).placeholder).toBe("release-managers");
    await user.click(await button(/^Save team/));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]).toMatchObject({
      base: 0,
      object: { kind: "team", id: "release-managers", name: "Release managers" },
    });
    expect(location.hash).toBe("#/settings/teams/release-managers");
  });

  it("is saved against the version it was opened at, and its key is not a field", async () => {
    const user = userEvent.setup();
    open("people", "rita");
    await user.type(await field(/^Name/), " Marsh");
    expect(screen.queryByRole("textbox", { name: "Key" })).toBeNull();
    await user.click(await button(/^Save person/));
    await waitFor(() => expect(saves[0]?.base).toBe(3));
    expect(saves[0]?.object.name).toBe("Rita Marsh");
    await user.type(await field(/^Name/), "!");
    await user.click(await button(/^Save person/));
    await waitFor(() => expect(saves[1]?.base).toBe(4));
  });

  it("says what is wrong beside the very row, and keeps what was typed", async () => {
    const user = userEvent.setup();
    open("products", "shop");
    const target = await field(/^Target/);
    await user.clear(target);
    await user.type(target, "EU 1");
    refuse = {
      kind: "invalid",
      message: "“EU 1” cannot be a key.",
      where: "environments.0.targets.0.id",
    };
    await user.click(await button(/^Save product/));
    await waitFor(() => expect(target.getAttribute("aria-invalid")).toBe("true"));
    expect(target.value).toBe("EU 1");
    const summary = await screen.findByRole("alert");
    await user.click(within(summary).getByRole("link"));
    expect(document.activeElement).toBe(target);
  });

  it("is not sent with a length of time that cannot be read", async () => {
    const user = userEvent.setup();
    open("products", "shop");
    const soak = await field("Soak");
    await user.clear(soak);
    await user.type(soak, "a while");
    await user.click(await button(/^Save product/));
    await screen.findByText("Write how long, such as 30 min, 2 h or 3 days.", { selector: "p" });
    expect(saves).toEqual([]);
    expect(soak.value).toBe("a while");
  });

  it("keeps what was typed when one leaves, and says so on coming back", async () => {
    const user = userEvent.setup();
    const first = open("people", "rita");
    await user.type(await field(/^Name/), " M");
    first.unmount();
    await waitFor(() => expect(drafts["settings/person/rita"]).toContain("Rita M"));
    open("people", "rita");
    await waitFor(async () => expect((await field(/^Name/)).value).toBe("Rita M"));
    expect(screen.getByRole("status").textContent).toContain("Unsaved changes");
  });
});

describe("another desk's edit", () => {
  const theirs = (change: Partial<CatalogObject>) => {
    save({ ...rita, ...change } as CatalogObject);
    invalidate(["catalog"]);
  };

  it("arrives by itself where nothing was typed", async () => {
    open("people", "rita");
    await field(/^Name/);
    theirs({ name: "Rita Marsh" });
    await waitFor(async () => expect((await field(/^Name/)).value).toBe("Rita Marsh"));
  });

  it("of the same field shows both, and neither is lost until one is chosen", async () => {
    const user = userEvent.setup();
    open("people", "rita");
    await user.type(await field(/^Name/), " Mine");
    theirs({ name: "Rita Theirs" });
    expect(await screen.findByText("Rita Theirs", { selector: "pre" })).toBeTruthy();
    expect((await field(/^Name/)).value).toBe("Rita Mine");
    expect((await button(/^Save person/)).getAttribute("aria-disabled")).toBe("true");
    await user.click(await button("Keep mine"));
    await user.click(await button(/^Save person/));
    await waitFor(() => expect(saves[0]).toMatchObject({ base: 4, object: { name: "Rita Mine" } }));
  });
});

describe("retiring", () => {
  it("is done at once, and undone by saving it again", async () => {
    const said = vi.spyOn(await import("../../kit/toast"), "said");
    const user = userEvent.setup();
    open("people", "rita");
    await user.click(await button("Retire"));
    await waitFor(() => expect(retired).toEqual(["rita"]));
    await waitFor(() => expect(said).toHaveBeenCalled());
    said.mock.lastCall?.[1]?.undo?.();
    await waitFor(() => expect(saves[0]).toMatchObject({ base: 0, object: { id: "rita" } }));
  });
});

describe("the list", () => {
  it("teaches where there is nothing, with one button", async () => {
    open("audiences", "");
    expect(await screen.findByText("No audience yet")).toBeTruthy();
    expect(screen.getByRole("link", { name: /^New audience/ }).getAttribute("href")).toBe(
      "#/settings/audiences/new",
    );
  });

  it("says that an address leads to nothing any more", async () => {
    open("people", "nobody");
    expect(await screen.findByText("There is no person “nobody”")).toBeTruthy();
  });

  it("counts each kind", async () => {
    open("people", "rita");
    const nav = await screen.findByRole("navigation", { name: "Settings" });
    await waitFor(() =>
      expect(within(nav).getByRole("link", { name: /People/ }).textContent).toContain("1"),
    );
  });
});
