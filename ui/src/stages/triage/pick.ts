//! What a decision may name: the hot fixes that issues can join, the issues they may be the same as,
//! the product that is to be fixed.

import type { Option } from "../../kit/Select.svelte";
import { call } from "../../rpc/client";
import type { IssueRow, Product, SimilarIssue } from "../../rpc/generated";

const KEY = /^iss-\d+$/i;

/** Open hot fixes that have not shipped, those of the product first. */
export async function hotfixes(text: string, product: string | null): Promise<Option[]> {
  const page = await call("fix_list", {
    phase: null,
    product: null,
    all: false,
    after: null,
    limit: 200,
  });
  const wanted = text.trim().toLocaleLowerCase();
  return page.rows
    .filter((fix) => fix.phase === "development" || fix.phase === "rollout")
    .filter((fix) => `${fix.key} ${fix.title}`.toLocaleLowerCase().includes(wanted))
    .sort((a, b) => Number(b.product === product) - Number(a.product === product))
    .map((fix) => ({
      value: fix.key,
      label: `${fix.key} ${fix.title}`,
      hint: `${fix.priority ?? "–"} · ${fix.issues} ${fix.issues === 1 ? "issue" : "issues"}`,
    }));
}

/** Issues that these may be the same as: the likely ones first, then what the words find. */
export async function originals(
  text: string,
  likely: SimilarIssue[],
  without: readonly string[],
): Promise<Option[]> {
  const typed = text.trim();
  const option = (one: { key: string; title: string }, hint: string): Option => ({
    value: one.key,
    label: `${one.key} ${one.title}`,
    hint,
  });
  if (typed === "") return likely.map((one) => option(one, "likely the same"));
  if (KEY.test(typed)) {
    const key = typed.toUpperCase();
    const shown = await call("issue_show", { key }).catch(() => undefined);
    return shown && !without.includes(key)
      ? [option({ key, title: shown.issue.text.title }, `${shown.issue.affected} affected`)]
      : [];
  }
  const page = await call("issue_list", {
    state: null,
    priority: null,
    product: null,
    owner: null,
    team: null,
    text: typed,
    all: true,
    untriaged: false,
    at_risk: false,
    sort: "newest",
    after: null,
    limit: 20,
  });
  return page.rows
    .filter((one: IssueRow) => !without.includes(one.key) && one.state !== "duplicate")
    .map((one) => option(one, `${one.affected} affected`));
}

/** Products by name or id. */
export function products(text: string, all: readonly Product[]): Promise<Option[]> {
  const wanted = text.trim().toLocaleLowerCase();
  const found = all
    .filter((one) => `${one.name} ${one.id}`.toLocaleLowerCase().includes(wanted))
    .map((one) => ({ value: one.id, label: one.name }));
  return Promise.resolve(found);
}
