import { cleanup, render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { ApiError, useTransport } from "../../rpc/client";
import type { CatalogRow, SaveObject, Template, TryTemplate } from "../../rpc/generated";
import { kinds } from "./kinds";
import Settings from "./Settings.svelte";
import { whereOf } from "./words";

/** A core of a page: it fills in `{{ title }}` and nothing else. */
let rows: CatalogRow[];
let saves: SaveObject[];
let refuse: object | undefined;
let tried: TryTemplate[];

const filled = (text: string, hotfix: string | null) =>
  text.replaceAll("{{ title }}", hotfix ? `the title of ${hotfix}` : "a made-up title");
const answers: Record<string, (request: never) => unknown> = {
  catalog_list: () => structuredClone(rows),
  catalog_save: (request: SaveObject) => {
    if (refuse) throw refuse;
    saves.push(structuredClone(request));
    return {};
  },
  draft_load: () => ({ text: "" }),
  fix_list: () => ({ rows: [{ key: "HF-2", title: "Checkout" }], next: null }),
  template_try: ({ subject, body, texts, hotfix, readers }: TryTemplate) => {
    tried.push({ subject, body, texts, hotfix, readers });
    const at = (["desktop", "clipboard", "mail_draft"] as const).find((one) =>
      texts[one]?.text.includes("{{ nobody }}"),
    );
    if (at)
      throw new ApiError("invalid", "No value (line 1).", "Known: title.", `texts.${at}.text`);
    const said = (own: Template["texts"]["desktop"]) => ({
      subject: filled(own?.subject || subject, hotfix),
      body: filled(own?.text || body, hotfix),
    });
    return {
      ...said(undefined),
      channels: (["desktop", "clipboard", "mail_draft"] as const).map((channel) => ({
        channel,
        ...said(texts[channel]),
        own: texts[channel] !== undefined,
      })),
      names: ["title"],
    };
  },
};

beforeEach(() => {
  const fixed = { ...kinds.template.fresh(), id: "fixed", name: "Fixed", body: "It is over." };
  rows = [{ object: fixed, version: 1 }];
  [saves, tried, refuse] = [[], [], undefined];
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
const open = () =>
  render(Settings, { params: { kind: "templates", id: "fixed" }, query: new URLSearchParams() });
const own = (name: string) => within(screen.getByRole("region", { name }));
const preview = () => within(screen.getByRole("region", { name: "Preview" }));

describe("the words of a channel", () => {
  it("are added, seen as they would read there, and saved with the template", async () => {
    const user = userEvent.setup();
    open();
    await user.click(await screen.findByRole("button", { name: "Desktop notification" }));
    const text = own("Desktop notification").getByRole("textbox", { name: "Text" });
    await waitFor(() => expect(document.activeElement).toBe(text));
    await user.type(text, "Over: ");
    await user.click(await screen.findByRole("button", { name: "title" }));
    expect((text as HTMLTextAreaElement).value).toBe("Over: {{ title }}");
    await waitFor(() => expect(preview().getByText("Over: a made-up title")).toBeTruthy());
    expect(preview().getByText(/^Words of its own/)).toBeTruthy();
    await user.click(preview().getByRole("radio", { name: "Mail draft" }));
    await waitFor(() => expect(preview().getByText("It is over.")).toBeTruthy());
    expect(preview().getByText(/^The main text/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: /^Save template/ }));
    await waitFor(() => expect(saves.length).toBe(1));
    expect(saves[0]?.object).toMatchObject({
      texts: { desktop: { subject: "", text: "Over: {{ title }}" } },
    });
  });

  it("are taken away, and come back with Undo's words", async () => {
    const user = userEvent.setup();
    (rows[0]?.object as Template).texts = { mail_draft: { subject: "Over", text: "Dear all" } };
    open();
    await screen.findByRole("region", { name: "Mail draft" });
    await user.click(screen.getByRole("button", { name: /Take away the words for Mail draft/ }));
    expect(screen.queryByRole("region", { name: "Mail draft" })).toBeNull();
    await user.click(screen.getByRole("button", { name: /^Save template/ }));
    await waitFor(() => expect(saves[0]?.object).toMatchObject({ texts: {} }));
  });

  it("name their channel where they cannot be filled in, and keep what was typed", async () => {
    const user = userEvent.setup();
    open();
    await user.click(await screen.findByRole("button", { name: "Text to copy" }));
    const text = own("Text to copy").getByRole<HTMLTextAreaElement>("textbox", { name: "Text" });
    await user.type(text, "Dear {{{{ nobody }}");
    await waitFor(() => expect(preview().getByText("Text to copy, text:")).toBeTruthy());
    refuse = { kind: "invalid", message: "No value (line 1).", where: "texts.clipboard.text" };
    await user.click(screen.getByRole("button", { name: /^Save template/ }));
    await waitFor(() => expect(text.getAttribute("aria-invalid")).toBe("true"));
    expect(text.value).toBe("Dear {{ nobody }}");
  });

  it("can be seen with a hot fix that there is", async () => {
    const user = userEvent.setup();
    (rows[0]?.object as Template).body = "{{ title }} is over.";
    open();
    await waitFor(() => expect(preview().getByText("a made-up title is over.")).toBeTruthy());
    const box = preview().getByRole("combobox");
    await user.clear(box);
    await user.type(box, "checkout");
    await screen.findByText("HF-2 Checkout");
    await user.keyboard("{ArrowDown}{Enter}");
    await waitFor(() => expect(preview().getByText("the title of HF-2 is over.")).toBeTruthy());
    expect(tried.at(-1)?.hotfix).toBe("HF-2");
  });
});

it("says where a mistake is in words", () => {
  expect(whereOf("texts.desktop.text")).toBe("Desktop notification, text");
  expect(whereOf("texts.mail_draft.subject")).toBe("Mail draft, subject");
  expect(whereOf("subject")).toBe("Subject");
});

it("a step of a checklist is given instructions, which stand at their field when a link is refused", async () => {
  const list = { ...kinds.checklist.fresh(), id: "usual", name: "Usual" };
  const step = {
    kind: "procedure",
    text: "Drain",
    expected: "",
    required: true,
    how: { by: "manual" },
  } as const;
  rows = [{ object: { ...list, items: [{ ...step, id: "a", instructions: "" }] }, version: 1 }];
  const user = userEvent.setup();
  render(Settings, { params: { kind: "checklists", id: "usual" }, query: new URLSearchParams() });
  await user.click(await screen.findByRole("button", { name: "Instructions" }));
  const text = screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Instructions" });
  await waitFor(() => expect(document.activeElement).toBe(text));
  await user.type(text, "ftp://files");
  refuse = { kind: "invalid", message: "It would not open.", where: "items.0.instructions" };
  await user.click(screen.getByRole("button", { name: /^Save checklist/ }));
  await waitFor(() => expect(text.getAttribute("aria-invalid")).toBe("true"));
  expect(text.value).toBe("ftp://files");
  refuse = undefined;
  await user.click(screen.getByRole("button", { name: /^Save checklist/ }));
  await waitFor(() =>
    expect(saves[0]?.object).toMatchObject({ items: [{ instructions: "ftp://files" }] }),
  );
});
