//! Keyboard shortcuts by scope. The innermost scope that knows a key gets it; a modal scope hides
//! all below it. While somebody types in a field only Ctrl/Cmd shortcuts (and those marked
//! `inFields`) are heard. Letters typed while a screen is on its way are that screen's: they wait for it.
//! Every shortcut has a label: the `?` overlay and the palette read them here.
//! Absent: any knowledge of screens; scopes are named by who makes them.

import { SvelteMap } from "svelte/reactivity";

export interface Shortcut {
  /** "j", "Enter", "Escape", "/", "?", "Ctrl+K", "Ctrl+Enter", or a sequence "g i". */
  keys: string;
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Heard even while a field has the focus. */
  inFields?: boolean;
  /** Heard over a dialog too. */
  everywhere?: boolean;
  /** Skipped while false, so that an outer scope may have the key. */
  when?: () => boolean;
  /** Left out of the overlay and the palette (the second key of a pair, say). */
  hidden?: boolean;
  /** Offered in the palette too. On unless the key only moves (j, k, Enter, Escape). */
  palette?: boolean;
}

export interface Scope {
  name: string;
  shortcuts: Shortcut[];
  modal: boolean;
}

const SEQUENCE_MS = 800;
const MOVES = new Set(["j", "k", "enter", "escape", "up", "down", "left", "right"]);

/** "ctrl+k" from a KeyboardEvent. Shift counts only with keys that it does not itself change. */
export function keyOf(event: KeyboardEvent): string {
  const named: Record<string, string> = {
    " ": "space",
    ArrowUp: "up",
    ArrowDown: "down",
    ArrowLeft: "left",
    ArrowRight: "right",
  };
  const key = named[event.key] ?? event.key.toLowerCase();
  const printable = event.key.length === 1 && event.key !== " ";
  const letter = /^\p{L}$/u.test(event.key);
  const parts: string[] = [];
  if (event.ctrlKey || event.metaKey) parts.push("ctrl");
  if (event.altKey) parts.push("alt");
  if (event.shiftKey && (!printable || letter)) parts.push("shift");
  parts.push(key);
  return parts.join("+");
}

function normalise(keys: string): string {
  return keys
    .trim()
    .split(/\s+/)
    .map((chord) => {
      if (chord === "+") return "+";
      const parts = chord.toLowerCase().split("+");
      const key = parts.pop() || "+";
      const order = ["ctrl", "alt", "shift"].filter((m) => parts.includes(m));
      return [...order, key === "esc" ? "escape" : key].join("+");
    })
    .join(" ");
}

/** Somebody types there: letters are text. */
export function typing(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !["checkbox", "radio", "button", "submit", "range"].includes(target.type);
}

export class Shortcuts {
  #scopes = new SvelteMap<symbol, Scope>();
  #pending: { key: string; at: number } | undefined;
  #awaited = 0;
  #held: { event: KeyboardEvent; at: number }[] = [];

  /** Adds a scope; the answer removes it. Inside a component use `useShortcuts`. */
  add(name: string, shortcuts: Shortcut[], options: { modal?: boolean } = {}): () => void {
    const id = Symbol(name);
    this.#scopes.set(id, { name, shortcuts, modal: options.modal ?? false });
    return () => void this.#scopes.delete(id);
  }

  /** Scopes that are heard now, innermost first. */
  get heard(): Scope[] {
    const all = [...this.#scopes.values()].reverse();
    const wall = all.findIndex((scope) => scope.modal);
    return wall === -1 ? all : all.slice(0, wall + 1);
  }

  /** What is heard all the same where a dialog silences the screen below it. */
  get #everywhere(): Scope[] {
    const below = [...this.#scopes.values()].reverse().slice(this.heard.length);
    return below.map((scope) => ({
      ...scope,
      shortcuts: scope.shortcuts.filter((s) => s.everywhere),
    }));
  }

  /** What the palette offers: labelled, not hidden, not mere movement. */
  get commands(): Shortcut[] {
    return [...this.#scopes.values()]
      .reverse()
      .filter((scope) => !scope.modal)
      .flatMap((scope) => scope.shortcuts)
      .filter((s) => !s.hidden && (s.palette ?? !MOVES.has(normalise(s.keys))))
      .filter((s) => s.when?.() ?? true);
  }

  /** Until the screen is there (or has failed to come), letters wait. Gives the screen back. */
  awaiting<T>(screen: Promise<T>): Promise<T> {
    this.#awaited += 1;
    // What has loaded is built, and its scope heard, by the time the next task runs.
    const arrived = () => setTimeout(() => this.#arrived());
    screen.then(arrived, arrived);
    return screen;
  }

  #arrived() {
    this.#awaited -= 1;
    // A key that leads on to another screen leaves the others to that one.
    while (this.#awaited === 0) {
      const next = this.#held.shift();
      if (!next) return;
      this.#dispatch(next.event, next.at);
    }
  }

  /** True if a shortcut took the key, or will. Attach it to the window's keydown. */
  handle(event: KeyboardEvent, at = Date.now()): boolean {
    if (event.defaultPrevented || event.isComposing) return false;
    if (["Control", "Shift", "Alt", "Meta"].includes(event.key)) return false;
    if (this.#awaited > 0 && letter(event) && !inField(event)) {
      event.preventDefault();
      this.#held.push({ event, at });
      return true;
    }
    return this.#dispatch(event, at);
  }

  #dispatch(event: KeyboardEvent, at: number): boolean {
    const here = inField(event);
    const withControl = event.ctrlKey || event.metaKey;
    const key = keyOf(event);
    const before = this.#pending;
    this.#pending = undefined;
    const sequence = before && at - before.at < SEQUENCE_MS ? `${before.key} ${key}` : undefined;
    for (const wanted of sequence ? [sequence, key] : [key]) {
      for (const scope of [...this.heard, ...this.#everywhere]) {
        for (const shortcut of scope.shortcuts) {
          if (normalise(shortcut.keys) !== wanted) continue;
          if (here && !withControl && !shortcut.inFields) continue;
          if (shortcut.when && !shortcut.when()) continue;
          // Enter on a focused button or link belongs to that button.
          if (wanted === "enter" && onControl(event.target)) continue;
          event.preventDefault();
          shortcut.run(event);
          return true;
        }
      }
    }
    if (!here && this.#starts(key)) this.#pending = { key, at };
    return false;
  }

  #starts(key: string): boolean {
    return this.heard.some((scope) =>
      scope.shortcuts.some((s) => normalise(s.keys).startsWith(`${key} `)),
    );
  }
}

function inField(event: KeyboardEvent): boolean {
  const inPopup = event.target instanceof Element && event.target.closest(".kit-popup") !== null;
  return typing(event.target) || inPopup;
}

/** What neither moves the focus nor works the control that has it. */
function letter(event: KeyboardEvent): boolean {
  return event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey;
}

function onControl(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("button, a[href], summary, [role=button]") !== null
  );
}

/** The window's registry. */
export const shortcuts = new Shortcuts();

/** In a component: `useShortcuts("Inbox", () => [{ keys: "t", label: "Triage", run }])`. */
export function useShortcuts(
  name: string,
  list: () => Shortcut[],
  options: { modal?: boolean; registry?: Shortcuts } = {},
): void {
  const registry = options.registry ?? shortcuts;
  $effect(() => registry.add(name, list(), options));
}
