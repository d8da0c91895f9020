//! What the inbox shows, as its address says it: a filter can be linked to, kept by name, and gone back
//! to. Absent: any request.

import type { IssueState, Priority, Sort } from "../../rpc/generated";
import type { Filter } from "../../views/inbox/pages.svelte";
import { stateWords } from "../../views/inbox/words";

export interface Wanted {
  untriaged: boolean;
  mine: boolean;
  risk: boolean;
  /** Closed, rejected, deferred and duplicate ones too. */
  all: boolean;
  state: IssueState | "";
  priority: Priority | "";
  product: string;
  owner: string;
  team: string;
  text: string;
  sort: Sort;
}

export const everything: Wanted = {
  untriaged: false,
  mine: false,
  risk: false,
  all: false,
  state: "",
  priority: "",
  product: "",
  owner: "",
  team: "",
  text: "",
  sort: "clock",
};

export const sorts: Record<Sort, string> = {
  clock: "Deadline",
  priority: "Priority",
  oldest: "Oldest first",
  newest: "Newest first",
  affected: "Most affected",
  changed: "Last changed",
};

export const priorities: Priority[] = ["P1", "P2", "P3", "P4", "P5"];

const flags = ["untriaged", "mine", "risk", "all"] as const;
const words = ["product", "owner", "team", "text"] as const;

/** What an address says; what it says wrongly is left out. */
export function read(query: URLSearchParams): Wanted {
  const wanted = { ...everything };
  for (const flag of flags) wanted[flag] = query.has(flag);
  for (const word of words) wanted[word] = query.get(word) ?? "";
  const state = query.get("state") ?? "";
  if (state in stateWords) wanted.state = state as IssueState;
  const priority = query.get("priority") as Priority;
  if (priorities.includes(priority)) wanted.priority = priority;
  const sort = query.get("sort") ?? "";
  if (sort in sorts) wanted.sort = sort as Sort;
  return wanted;
}

/** The address's query for it, "" for the plain inbox; always in the same order. */
export function write(wanted: Wanted): string {
  const query = new URLSearchParams();
  for (const flag of flags) if (wanted[flag]) query.set(flag, "1");
  for (const word of ["state", "priority", ...words] as const) {
    if (wanted[word]) query.set(word, wanted[word]);
  }
  if (wanted.sort !== everything.sort) query.set("sort", wanted.sort);
  return query.toString();
}

/** Something is left out of the list. */
export function narrows(wanted: Wanted): boolean {
  return write({ ...wanted, sort: "clock", all: false }) !== "";
}

/** How many conditions the filter has beside those that have a button of their own. */
export function further(wanted: Wanted): number {
  return (
    (["state", "priority", "product", "owner", "team"] as const).filter((f) => wanted[f]).length +
    (wanted.all ? 1 : 0)
  );
}

/** The core's filter for it. Mine wins over another's. */
export function filterOf(wanted: Wanted, me: string | undefined): Filter {
  return {
    state: wanted.state || null,
    priority: wanted.priority || null,
    product: wanted.product || null,
    owner: wanted.mine ? (me ?? null) : wanted.owner || null,
    team: wanted.team || null,
    text: wanted.text,
    all: wanted.all,
    untriaged: wanted.untriaged,
    at_risk: wanted.risk,
    sort: wanted.sort,
  };
}
