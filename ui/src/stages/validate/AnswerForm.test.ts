import { createEvent, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, it, vi } from "vitest";
import { useTransport } from "../../rpc/client";
import type { Check, Deployment } from "../../rpc/generated";
import AnswerForm from "./AnswerForm.svelte";

const check = {
  item: { id: "paid", text: "A saved card can pay" },
  evidence: { text: "", link: "" },
  attachments: [],
  hash: null,
} as unknown as Check;
const deployment = { key: "DEP-1", hash: "aa" } as unknown as Deployment;
let stored = 0;
let answered: Record<string, unknown> = {};

beforeEach(() => {
  stored = 0;
  answered = {};
  useTransport({
    invoke: async (command, args) => {
      if (command === "blob_begin") return 1;
      if (command === "blob_part") stored += (args as Uint8Array).length;
      if (command === "blob_end") return { hash: "ab", size: stored };
      const { name, request } = args as { name: string; request: Record<string, unknown> };
      if (name === "validate_check") answered = request;
      return { text: "" };
    },
    listen: async () => () => {},
    channel: () => undefined,
  });
});

/** Something is pasted where one is typing. */
function paste(files: File[]) {
  const text = screen.getByRole("textbox", { name: /What was seen/ });
  const event = createEvent.paste(text, {
    clipboardData: { files, types: files.length > 0 ? ["Files"] : ["text/plain"] },
  });
  return fireEvent(text, event).then(() => event.defaultPrevented);
}

it("takes a screenshot that is pasted beside the words in, and leaves pasted words to the text", async () => {
  const onclose = vi.fn();
  render(AnswerForm, { deployment, check, result: "passed", onclose });
  expect(await paste([])).toBe(false);
  const shot = new File([new Uint8Array([1, 2, 3])], "shot.png", { type: "image/png" });
  expect(await paste([shot])).toBe(true);
  expect(await screen.findByText(/shot\.png · 3/)).toBeTruthy();
  await fireEvent.click(screen.getByRole("button", { name: /Save answer/ }));
  await waitFor(() => expect(onclose).toHaveBeenCalledWith(true));
  expect(answered["attachments"]).toEqual([
    { hash: "ab", size: 3, name: "shot.png", media: "image/png" },
  ]);
});
