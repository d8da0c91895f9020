//! Questions whose answers stay on the screen: shown at once from the last answer, asked again in
//! the background, and asked again whenever the core says that one of their topics changed.
//! Absent: any guess about what a command touches; topics come from the core.

import { untrack } from "svelte";

const KEPT = 200;
/* eslint-disable svelte/prefer-svelte-reactivity -- book-keeping that no template reads: what is
   shown lives in each query's own state. */
const answers = new Map<string, unknown>();
const listeners = new Set<{ topics: () => readonly string[]; again: () => void }>();
const topicsOf = new Map<string, readonly string[]>();

export interface Query<T> {
  /** The last answer to this key, or to the previous key while the new one is on its way. */
  readonly data: T | undefined;
  readonly error: { kind?: string; message: string; hint?: string } | undefined;
  /** An answer is on its way (the first or a fresher one). */
  readonly loading: boolean;
  /** `data` answers an earlier key. */
  readonly previous: boolean;
  refresh(): Promise<void>;
}

/** Answers of queries with a `name` are kept and shown at once the next time; the name must be
 *  unique to what is fetched (the query's name in the api).
 *  In a component: `const inbox = query(() => ({ filter }), (key) => ask(key), { topics: () => [...] })`.
 *  A key of null or undefined asks nothing. */
export function query<K, T>(
  key: () => K | null | undefined,
  fetcher: (key: K) => Promise<T>,
  options: { name?: string; topics?: () => readonly string[] } = {},
): Query<T> {
  const topics = options.topics ?? (() => []);
  let data = $state.raw<T | undefined>();
  let error = $state.raw<Query<T>["error"]>();
  let loading = $state(false);
  let answered = $state<string | undefined>();
  let current: string | undefined;
  let turn = 0;
  const identity = (k: K) => `${options.name ?? ""}:${JSON.stringify(k)}`;

  async function ask(k: K): Promise<void> {
    const id = identity(k);
    const mine = ++turn;
    loading = true;
    try {
      const fresh = await fetcher(k);
      if (options.name !== undefined) remember(id, fresh, topics());
      if (mine !== turn) return;
      data = fresh;
      answered = id;
      error = undefined;
    } catch (thrown) {
      if (mine !== turn) return;
      error =
        typeof thrown === "object" && thrown !== null && "message" in thrown
          ? (thrown as { message: string })
          : { message: String(thrown) };
    } finally {
      if (mine === turn) loading = false;
    }
  }

  function show(k: K | null | undefined): void {
    if (k === null || k === undefined) {
      turn++;
      current = undefined;
      data = undefined;
      error = undefined;
      loading = false;
      return;
    }
    const id = identity(k);
    if (id === current) return;
    current = id;
    if (options.name !== undefined && answers.has(id)) {
      data = answers.get(id) as T;
      answered = id;
      error = undefined;
    }
    void ask(k);
  }

  $effect.pre(() => {
    const k = key();
    // The key's depth is read here so that a change anywhere inside it is noticed.
    JSON.stringify(k);
    untrack(() => show(k));
  });

  $effect(() => {
    const entry = { topics, again: () => void refresh() };
    listeners.add(entry);
    return () => {
      turn++;
      listeners.delete(entry);
    };
  });

  async function refresh(): Promise<void> {
    const k = untrack(key);
    if (k !== null && k !== undefined) await ask(k);
  }

  return {
    get data() {
      return data;
    },
    get error() {
      return error;
    },
    get loading() {
      return loading;
    },
    get previous() {
      return data !== undefined && answered !== current;
    },
    refresh,
  };
}

/** The core says these topics changed ("*": all): what shows them asks again, what was kept is
 *  forgotten. */
export function invalidate(changed: readonly string[]): void {
  if (changed.includes("*")) return forget();
  const set = new Set(changed);
  for (const [id, list] of topicsOf) {
    if (list.some((topic) => set.has(topic))) {
      answers.delete(id);
      topicsOf.delete(id);
    }
  }
  for (const entry of [...listeners]) {
    if (entry.topics().some((topic) => set.has(topic))) entry.again();
  }
}

/** Forgets every kept answer: another workspace was opened. */
export function forget(): void {
  answers.clear();
  topicsOf.clear();
  for (const entry of [...listeners]) entry.again();
}

function remember(id: string, data: unknown, topics: readonly string[]): void {
  answers.delete(id);
  answers.set(id, data);
  topicsOf.set(id, topics);
  if (answers.size > KEPT) {
    const oldest = answers.keys().next().value;
    if (oldest !== undefined) {
      answers.delete(oldest);
      topicsOf.delete(oldest);
    }
  }
}
