import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { shortcuts } from "../../kit/shortcuts.svelte";
import { useTransport } from "../../rpc/client";
import ComposeForm from "./ComposeForm.svelte";

type Asked = Record<string, unknown>;
let sent: Asked[] = [];
let drafts: Record<string, string> = {};
/** The template has words of its own for a desktop notification. */
let ownWords = false;
let objects: unknown[] = [];
const recipient = (name: string, call_back: boolean) => ({
  contact: { name, reach: call_back ? "+49 30 1" : `${name}@x.example` },
  issue: "ISS-1",
  call_back,
});

/** A core that knows one hot fix with three affected people, one of them by telephone. */
const answers: Record<string, (r: Asked) => unknown> = {
  catalog_list: () => objects.map((object) => ({ object, version: 1 })),
  message_preview: ({ channel }) => ({
    subject: "Fixed: checkout",
    body: channel === "desktop" && ownWords ? "Over." : "It is fixed.",
    own: ownWords ? ["desktop"] : [],
    recipients:
      channel === "mail"
        ? [recipient("ann", false), recipient("bo", false)]
        : [recipient("ann", false), recipient("bo", false), recipient("cy", true)],
    out_of_reach: channel === "mail" ? [recipient("cy", true)] : [],
    dry_run: false,
    template: null,
  }),
  draft_load: ({ name }) => ({ text: drafts[name as string] ?? "" }),
  draft_save: ({ name, text }) => {
    drafts[name as string] = text as string;
    return {};
  },
  message_send: (request) => {
    sent.push(request);
    return { key: "MSG-7" };
  },
};

/** As the shell does. */
const hear = (event: KeyboardEvent) => void shortcuts.handle(event);

beforeEach(() => {
  addEventListener("keydown", hear);
  sent = [];
  drafts = {};
  ownWords = false;
  objects = [];
  useTransport({
    invoke: async (_, args) => {
      const { name, request } = args as { name: string; request: Asked };
      return answers[name]?.(request) ?? {};
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});
afterEach(() => {
  removeEventListener("keydown", hear);
  cleanup();
  forget();
  useTransport(undefined);
});
const open = () => render(ComposeForm, { hotfix: "HF-3", product: "shop", purpose: "fixed" });

describe("telling people", () => {
  it("shows who and how many before anything is sent, and who must be called", async () => {
    open();
    await screen.findByRole("button", { name: /^Tell 3 people/ });
    expect(screen.getByText(/1 reported by telephone/)).toBeTruthy();
    expect(screen.getByRole("list", { name: "Who will get it" }).children.length).toBe(3);
    expect(sent).toEqual([]);
  });

  it("sends the text as it was changed, to the channel that was chosen", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("button", { name: /^Tell 3 people/ });
    const text = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /Text/ });
    expect(text.value).toBe("It is fixed.");
    await user.click(screen.getByRole("radio", { name: "Desktop notification" }));
    await user.type(text, " Reload the page.");
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(sent.length).toBe(1));
    expect(sent[0]).toEqual({
      hotfix: "HF-3",
      notice: null,
      now: false,
      purpose: "fixed",
      channel: "desktop",
      messenger: null,
      audience: null,
      subject: "Fixed: checkout",
      body: "It is fixed. Reload the page.",
    });
  });

  it("leaves by a messenger of Settings, and says whom a mail does not reach", async () => {
    objects = [{ kind: "messenger", id: "support", name: "Support mail", system: "mail" }];
    const user = userEvent.setup();
    open();
    await screen.findByRole("button", { name: /^Tell 3 people/ });
    await user.click(await screen.findByRole("radio", { name: "Support mail" }));
    await screen.findByRole("button", { name: /^Tell 2 people/ });
    expect(screen.getByText(/1 person without a mail address: cy/)).toBeTruthy();
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(sent.length).toBe(1));
    expect(sent[0]).toMatchObject({ channel: "mail", messenger: "support" });
  });

  it("refuses an empty text beside its field and keeps the rest", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("button", { name: /^Tell 3 people/ });
    await user.clear(screen.getByRole("textbox", { name: /Text/ }));
    await user.click(screen.getByRole("button", { name: /^Tell 3 people/ }));
    expect((await screen.findAllByText("The text is missing.")).length).toBeGreaterThan(0);
    expect(screen.getByRole<HTMLInputElement>("textbox", { name: /Subject/ }).value).toBe(
      "Fixed: checkout",
    );
    expect(sent).toEqual([]);
  });

  it("keeps what was typed for the next time, and goes back to the template when asked", async () => {
    const user = userEvent.setup();
    open();
    await screen.findByRole("button", { name: /^Tell 3 people/ });
    await user.type(screen.getByRole("textbox", { name: /Text/ }), " Sorry.");
    cleanup();
    await waitFor(() => expect(drafts["HF-3/message/fixed"]).toContain("Sorry."));
    open();
    const text = await screen.findByDisplayValue<HTMLTextAreaElement>("It is fixed. Sorry.");
    await user.click(screen.getByRole("button", { name: "Back to the template’s text" }));
    expect(text.value).toBe("It is fixed.");
  });

  it("says each channel's own words, and keeps what was typed for each when the channel changes", async () => {
    ownWords = true;
    const user = userEvent.setup();
    open();
    await screen.findByDisplayValue("It is fixed.");
    const text = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /Text/ });
    const choose = (name: string) => user.click(screen.getByRole("radio", { name }));
    await user.type(text, " Reload.");
    await choose("Desktop notification");
    await waitFor(() => expect(text.value).toBe("Over."));
    expect(screen.getByText(/own words for Desktop notification/)).toBeTruthy();
    await user.type(text, " Now.");
    // Both other channels say the main text, so they share what was typed over it.
    await choose("Mail draft");
    await waitFor(() => expect(text.value).toBe("It is fixed. Reload."));
    await choose("Desktop notification");
    await waitFor(() => expect(text.value).toBe("Over. Now."));
    await user.click(screen.getByRole("button", { name: /^Tell 3 people/ }));
    await waitFor(() => expect(sent.length).toBe(1));
    expect(sent[0]).toMatchObject({ channel: "desktop", body: "Over. Now." });
    // What was written for the other channels is there when one comes back to say it there.
    await waitFor(() => expect(drafts["HF-3/message/fixed"]).toContain("Reload."));
    expect(drafts["HF-3/message/fixed"]).not.toContain("Over. Now.");
  });

  it("takes over what was written for another channel when asked", async () => {
    ownWords = true;
    const user = userEvent.setup();
    open();
    await screen.findByDisplayValue("It is fixed.");
    const text = screen.getByRole<HTMLTextAreaElement>("textbox", { name: /Text/ });
    await user.type(text, " Reload.");
    await user.click(screen.getByRole("radio", { name: "Desktop notification" }));
    await waitFor(() => expect(text.value).toBe("Over."));
    await user.click(screen.getByRole("button", { name: "Use it here too" }));
    expect(text.value).toBe("It is fixed. Reload.");
  });

  it("goes on with a draft that was kept when all channels had one text", async () => {
    drafts["HF-3/message/fixed"] = JSON.stringify({
      channel: "desktop",
      subject: null,
      body: "As it was kept.",
    });
    open();
    await screen.findByDisplayValue("As it was kept.");
  });
});
