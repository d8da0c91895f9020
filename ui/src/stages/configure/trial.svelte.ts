//! Something of a form that is tried out: what came of the last try, or why nothing did.

import { ApiError } from "../../rpc/client";

export interface Trial<T> {
  readonly found: T | undefined;
  readonly wrong: ApiError | undefined;
  readonly pending: boolean;
  ask: () => Promise<void>;
}

export function createTrial<T>(attempt: () => Promise<T>): Trial<T> {
  let found = $state.raw<T | undefined>();
  let wrong = $state.raw<ApiError | undefined>();
  let pending = $state(false);
  return {
    get found() {
      return found;
    },
    get wrong() {
      return wrong;
    },
    get pending() {
      return pending;
    },
    async ask() {
      pending = true;
      try {
        found = await attempt();
        wrong = undefined;
      } catch (thrown) {
        wrong = thrown instanceof ApiError ? thrown : new ApiError("internal", String(thrown));
        found = undefined;
      } finally {
        pending = false;
      }
    },
  };
}
