import { cleanup, render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { forget } from "../../kit/query.svelte";
import { useTransport } from "../../rpc/client";
import Instructions from "./Instructions.svelte";

let asked: string[];
let opened: string[];
beforeEach(() => {
  [asked, opened] = [[], []];
  useTransport({
    invoke: async (command, args) => {
      if (command === "link_open") {
        opened.push((args as { url: string }).url);
        return undefined;
      }
      const { request } = args as { request: { text: string } };
      asked.push(request.text);
      return { html: '<p>Open the <a href="https://wiki.example/run">run book</a></p>' };
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

describe("instructions of a step", () => {
  it("are read when they are opened, and their links open outside", async () => {
    const user = userEvent.setup();
    const before = location.href;
    render(Instructions, {
      text: "Open the [run book](https://wiki.example/run)",
      of: "Drain the queue",
    });
    expect(asked).toEqual([]);
    await user.click(screen.getByText("Instructions"));
    await user.click(await screen.findByRole("link", { name: "run book" }));
    await waitFor(() => expect(opened).toEqual(["https://wiki.example/run"]));
    expect(location.href).toBe(before);
  });

  it("take no place where a step has none", () => {
    render(Instructions, { text: "  ", of: "Drain the queue" });
    expect(screen.queryByText("Instructions")).toBeNull();
  });
});
