//! The join of rpc and kit: a query of api.rs that stays current on the screen.

import { query, type Query } from "../kit/query.svelte";
import { call, topicsOf, type QueryName, type Request, type Response } from "../rpc/client";

/** `const inbox = live("inbox", () => ({ filter }))`; a request of null asks nothing yet. */
export function live<N extends QueryName>(
  name: N,
  request: () => Request<N> | null,
): Query<Response<N>> {
  return query(request, (r: Request<N>) => call(name, r), {
    name,
    topics: () => topicsOf(name),
  });
}
