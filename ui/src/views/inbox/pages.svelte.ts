//! The list of issues, page by page. Make it inside a component.

import { call } from "../../rpc/client";
import type { ListIssues } from "../../rpc/generated";
import { pages } from "../pages.svelte";

export type Filter = Omit<ListIssues, "after" | "limit">;

export function issuePages(filter: () => Filter | null) {
  return pages("issue_list", filter, (wanted, page) => call("issue_list", { ...wanted, ...page }));
}
