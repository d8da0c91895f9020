import { flushSync } from "svelte";
import { afterEach, describe, expect, it, vi } from "vitest";
import { invalidate, query, type Query } from "./query.svelte";
import { Box } from "./testing.svelte";

let stop = () => {};
afterEach(() => stop());

function inComponent<T>(make: () => T): T {
  let made!: T;
  stop = $effect_root(() => {
    made = make();
  });
  flushSync();
  return made;
}
// Runes are compiled only in .svelte.ts files; the root comes from there.
const $effect_root = Box.root;
const settled = () => new Promise((r) => setTimeout(r));

describe("a query", () => {
  it("keeps the last answer on the screen while the next is on its way", async () => {
    const filter = new Box("a");
    const answers: Record<string, (v: string) => void> = {};
    const q: Query<string> = inComponent(() =>
      query(
        () => filter.value,
        (k: string) => new Promise<string>((r) => (answers[k] = r)),
      ),
    );
    answers.a?.("answer a");
    await settled();
    filter.value = "b";
    flushSync();
    expect([q.data, q.loading, q.previous]).toEqual(["answer a", true, true]);
    answers.b?.("answer b");
    await settled();
    expect([q.data, q.loading, q.previous]).toEqual(["answer b", false, false]);
  });

  it("ignores an answer that a newer question has overtaken", async () => {
    const filter = new Box("slow");
    const answers: Record<string, (v: string) => void> = {};
    const q = inComponent(() =>
      query(
        () => filter.value,
        (k: string) => new Promise<string>((r) => (answers[k] = r)),
      ),
    );
    filter.value = "quick";
    flushSync();
    answers.quick?.("quick");
    await settled();
    answers.slow?.("slow");
    await settled();
    expect(q.data).toBe("quick");
  });

  it("asks again when one of its topics changed, and only then", async () => {
    const ask = vi.fn(async () => ask.mock.calls.length);
    const q = inComponent(() => query(() => 1, ask, { topics: () => ["issue", "catalog"] }));
    await settled();
    invalidate(["message"]);
    await settled();
    expect(q.data).toBe(1);
    invalidate(["issue"]);
    await settled();
    expect(q.data).toBe(2);
    invalidate(["*"]);
    await settled();
    expect(q.data).toBe(3);
  });

  it("keeps the data and says why when the next answer fails", async () => {
    let broken = false;
    const q = inComponent(() =>
      query(
        () => 1,
        async () => {
          if (broken) throw { message: "The file is locked.", hint: "Close the other program." };
          return "fine";
        },
      ),
    );
    await settled();
    broken = true;
    await q.refresh();
    expect([q.data, q.error?.message]).toEqual(["fine", "The file is locked."]);
  });

  it("asks nothing for a key of null", async () => {
    const ask = vi.fn(async () => 1);
    inComponent(() => query(() => null, ask));
    await settled();
    expect(ask).not.toHaveBeenCalled();
  });

  it("shows a kept answer at once when the same question comes again", async () => {
    const ask = vi.fn(async (k: string) => `answer ${k}`);
    inComponent(() => query(() => "x", ask, { name: "kept" }));
    await settled();
    stop();
    const again = inComponent(() => query(() => "x", ask, { name: "kept" }));
    expect([again.data, again.loading]).toEqual(["answer x", true]);
  });
});
