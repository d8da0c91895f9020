import { describe, expect, it, vi } from "vitest";
import { Shortcuts } from "./shortcuts.svelte";

function press(
  registry: Shortcuts,
  key: string,
  init: KeyboardEventInit = {},
  on?: Element,
  at = 0,
) {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  if (on) Object.defineProperty(event, "target", { value: on });
  return registry.handle(event, at);
}

describe("shortcuts", () => {
  it("go to the innermost screen that knows the key, and back when it is gone", () => {
    const registry = new Shortcuts();
    const [outer, inner] = [vi.fn(), vi.fn()];
    registry.add("Everywhere", [{ keys: "t", label: "Outer", run: outer }]);
    const off = registry.add("Inbox", [{ keys: "t", label: "Triage", run: inner }]);
    press(registry, "t");
    off();
    press(registry, "t");
    expect([inner.mock.calls.length, outer.mock.calls.length]).toEqual([1, 1]);
  });

  it("are silent while somebody types, unless Ctrl is held", () => {
    const registry = new Shortcuts();
    const run = vi.fn();
    registry.add("Inbox", [
      { keys: "c", label: "Log", run },
      { keys: "Ctrl+Enter", label: "Send", run },
    ]);
    const field = document.createElement("textarea");
    expect(press(registry, "c", {}, field)).toBe(false);
    expect(press(registry, "Enter", { ctrlKey: true }, field)).toBe(true);
    expect(run).toHaveBeenCalledOnce();
  });

  it("of the screen are hidden by a dialog above it", () => {
    const registry = new Shortcuts();
    const run = vi.fn();
    registry.add("Hot fix", [{ keys: "d", label: "Deploy", run }]);
    const close = registry.add("Deploy?", [], { modal: true });
    expect(press(registry, "d")).toBe(false);
    close();
    expect(press(registry, "d")).toBe(true);
  });

  it("wait for the screen that is on its way, in their order", async () => {
    vi.useFakeTimers();
    const registry = new Shortcuts();
    const heard: string[] = [];
    const hear = (keys: string) => ({ keys, label: keys, run: () => heard.push(keys) });
    let come = () => {};
    const screen = new Promise<void>((resolve) => (come = resolve));
    const built = registry.awaiting(screen).then(() => {
      registry.add("Messages", [hear("n"), hear("g i")]);
    });
    expect(["n", "g", "i"].map((key) => press(registry, key))).toEqual([true, true, true]);
    expect(heard).toEqual([]);
    come();
    await built;
    vi.runAllTimers();
    expect(heard).toEqual(["n", "g i"]);
    press(registry, "n");
    expect(heard).toEqual(["n", "g i", "n"]);
    vi.useRealTimers();
  });

  it("leave fields, Tab and Enter alone while a screen is on its way", () => {
    const registry = new Shortcuts();
    void registry.awaiting(new Promise(() => {}));
    const field = document.createElement("input");
    expect(press(registry, "n", {}, field)).toBe(false);
    expect(press(registry, "Tab")).toBe(false);
    expect(press(registry, "Enter", {}, document.createElement("button"))).toBe(false);
  });

  it("are heard again after a screen failed to come", async () => {
    vi.useFakeTimers();
    const registry = new Shortcuts();
    const run = vi.fn();
    registry.add("Everywhere", [{ keys: "c", label: "Log", run }]);
    const failing = registry.awaiting(Promise.reject(new Error("gone")));
    press(registry, "c");
    await expect(failing).rejects.toThrow("gone");
    vi.runAllTimers();
    expect(run).toHaveBeenCalledOnce();
    vi.useRealTimers();
  });

  it("are heard over a dialog if they are meant for everywhere", () => {
    const registry = new Shortcuts();
    const [keys, other] = [vi.fn(), vi.fn()];
    registry.add("Everywhere", [
      { keys: "?", label: "Keys", everywhere: true, run: keys },
      { keys: "c", label: "Log", run: other },
    ]);
    registry.add("Diff", [], { modal: true });
    expect(press(registry, "?", { shiftKey: true })).toBe(true);
    expect(press(registry, "c")).toBe(false);
    expect([keys.mock.calls.length, other.mock.calls.length]).toEqual([1, 0]);
  });

  it("may be two keys in a row, forgotten after a moment", () => {
    const registry = new Shortcuts();
    const run = vi.fn();
    registry.add("Everywhere", [{ keys: "g i", label: "Go to Inbox", run }]);
    press(registry, "g", {}, undefined, 0);
    press(registry, "i", {}, undefined, 2000);
    expect(run).not.toHaveBeenCalled();
    press(registry, "g", {}, undefined, 3000);
    press(registry, "i", {}, undefined, 3300);
    expect(run).toHaveBeenCalledOnce();
  });

  it("tell ? from / on any keyboard, and Shift from no Shift on letters", () => {
    const registry = new Shortcuts();
    const heard: string[] = [];
    for (const keys of ["?", "/", "Shift+D", "d"]) {
      registry.add(keys, [{ keys, label: keys, run: () => heard.push(keys) }]);
    }
    press(registry, "?", { shiftKey: true });
    press(registry, "/", { shiftKey: true });
    press(registry, "D", { shiftKey: true });
    press(registry, "d");
    expect(heard).toEqual(["?", "/", "Shift+D", "d"]);
  });

  it("leave Enter to the button that has the focus", () => {
    const registry = new Shortcuts();
    const run = vi.fn();
    registry.add("Inbox", [{ keys: "Enter", label: "Open", run }]);
    expect(press(registry, "Enter", {}, document.createElement("button"))).toBe(false);
    expect(press(registry, "Enter", {}, document.body)).toBe(true);
  });

  it("appear in the palette with their labels, movements left out", () => {
    const registry = new Shortcuts();
    registry.add("Inbox", [
      { keys: "t", label: "Triage", run: () => {} },
      { keys: "j", label: "Next", run: () => {} },
      { keys: "m", label: "Merge", run: () => {}, when: () => false },
    ]);
    expect(registry.commands.map((s) => s.label)).toEqual(["Triage"]);
  });
});
