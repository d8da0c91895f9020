//! What the parts of one hot fix's page share: names of people, which forms stand open, and the way
//! from a blocker to the part that clears it.

import { getContext, setContext, tick } from "svelte";
import { SvelteSet } from "svelte/reactivity";
import { failed, succeeded } from "../../kit/toast";
import { call, type Name, type Request, type Response } from "../../rpc/client";
import type { CatalogObject } from "../../rpc/generated";
import { live } from "../live.svelte";

const KEY = Symbol("hot fix page");
const FIELDS = "form :is(input, textarea, button):not([disabled], [tabindex='-1'])";

export class Page {
  /** Parts whose form is open. */
  readonly opened = new SvelteSet<string>();
  #catalog = live("catalog_list", () => ({ kind: "person" }));
  readonly #objects = $derived((this.#catalog.data ?? []).map((row) => row.object));
  readonly people = $derived(
    this.#objects.filter((o): o is CatalogObject & { kind: "person" } => o.kind === "person"),
  );
  readonly #names = $derived(Object.fromEntries(this.people.map((p) => [p.id, p.name])));

  name(id: string | null | undefined): string {
    return id ? (this.#names[id] ?? id) : "";
  }

  set(part: string, open: boolean): void {
    if (open) this.opened.add(part);
    else this.opened.delete(part);
  }

  /** Scrolls to a part (opening its form if asked) and puts the focus there. */
  async reveal(part: string, open = false): Promise<void> {
    if (open) this.opened.add(part);
    await tick();
    const there =
      document.getElementById(`part-${part}`) ?? document.getElementById(`section-${part}`);
    if (!there) return;
    there.scrollIntoView({ block: "start" });
    if (there.contains(document.activeElement)) return;
    // A form that leaves the focus alone when it is opened by hand takes it when it was asked for by a key.
    const first = open ? there.querySelector<HTMLElement>(FIELDS) : null;
    (first ?? there).focus({ preventScroll: true });
  }
}

export function providePage(): Page {
  return setContext(KEY, new Page());
}

export function usePage(): Page {
  return getContext<Page>(KEY);
}

/** A command from a single press: its refusal is said in a toast. True if it was done. */
export async function press<N extends Name>(
  name: N,
  request: Request<N>,
  sentence?: string | ((answer: Response<N>) => string),
): Promise<boolean> {
  try {
    const answer = await call(name, request);
    if (sentence) succeeded(typeof sentence === "string" ? sentence : sentence(answer));
    return true;
  } catch (thrown) {
    failed(thrown);
    return false;
  }
}
