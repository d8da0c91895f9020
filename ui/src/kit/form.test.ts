import { describe, expect, it, vi } from "vitest";
import { createForm } from "./form.svelte";

const issue = { title: "", affected: { count: 1 } };

describe("a form", () => {
  it("puts a refusal at the field it names and keeps what was typed", async () => {
    const form = createForm({
      initial: issue,
      submit: () =>
        Promise.reject({
          kind: "invalid",
          message: "Too many.",
          hint: "At most 9.",
          where: "affected.count",
        }),
    });
    form.values.title = "Checkout fails";
    await form.submit();
    expect(form.field("affected.count").error).toBe("Too many. At most 9.");
    expect(form.values.title).toBe("Checkout fails");
    expect(form.pending).toBe(false);
  });

  it("shows a refusal that names no field of its own above the fields", async () => {
    const form = createForm({
      initial: issue,
      submit: () => Promise.reject({ message: "The file is locked.", where: "workspace" }),
    });
    await form.submit();
    expect(form.summary).toEqual([{ message: "The file is locked.", hint: undefined }]);
  });

  it("sends nothing while a field is wrong, and leads the summary to that field", async () => {
    const submit = vi.fn(async () => 1);
    const form = createForm({
      initial: issue,
      submit,
      validate: (v) => (v.title ? {} : { title: "Write what is wrong." }),
    });
    await form.submit();
    expect(submit).not.toHaveBeenCalled();
    expect(form.summary[0]?.id).toBe(form.field("title").id);
  });

  it("is sent once however often one presses", async () => {
    let finish = () => {};
    const submit = vi.fn(() => new Promise<void>((r) => (finish = r)));
    const form = createForm({ initial: issue, submit });
    const first = form.submit();
    await form.submit();
    finish();
    await first;
    expect(submit).toHaveBeenCalledOnce();
  });

  it("is no longer dirty once sent, and its draft is gone", async () => {
    const clear = vi.fn();
    const form = createForm({
      initial: issue,
      submit: async () => 1,
      draft: { save: () => {}, clear },
    });
    form.values.title = "x";
    expect(form.dirty).toBe(true);
    await form.submit();
    expect(form.dirty).toBe(false);
    expect(clear).toHaveBeenCalledOnce();
  });

  it("keeps a draft a moment after typing, and brings it back the next time", async () => {
    vi.useFakeTimers();
    let kept: Partial<typeof issue> | undefined;
    const draft = { load: () => kept, save: (v: typeof issue) => void (kept = v) };
    const first = createForm({ initial: issue, submit: async () => 1, draft });
    first.values.title = "half a sen";
    first.touched("title");
    await vi.advanceTimersByTimeAsync(500);
    const second = createForm({ initial: issue, submit: async () => 1, draft });
    await vi.advanceTimersByTimeAsync(0);
    expect(second.values.title).toBe("half a sen");
    vi.useRealTimers();
  });

  it("knows a nested field by either spelling of its place", async () => {
    const form = createForm({
      initial: { steps: [{ url: "" }] },
      submit: () => Promise.reject({ message: "No address.", where: "steps[0].url" }),
    });
    await form.submit();
    expect(form.field("steps.0.url").error).toBe("No address.");
    form.touched("steps.0.url");
    expect(form.field("steps[0].url").error).toBeUndefined();
  });

  it("keeps what was typed when the beginning moves, and says whether it still differs", () => {
    const form = createForm({ initial: { title: "a", note: "b" }, submit: async () => 1 });
    form.values.title = "mine";
    form.rebase({ note: "b", title: "theirs" });
    expect(form.values.title).toBe("mine");
    expect(form.dirty).toBe(true);
    form.rebase({ note: "b", title: "mine" });
    expect(form.dirty).toBe(false);
  });
});
