//! The numbers beside the navigation, kept current from the start of the window to its end.

import type { Counts } from "../../rpc/generated";
import { live } from "../live.svelte";
import { session } from "../session.svelte";

class Numbers {
  now = $state.raw<Counts | undefined>();
}

export const counts = new Numbers();

let watching = false;

/** Called once at start-up; a second call does nothing. */
export function watchCounts(): void {
  if (watching) return;
  watching = true;
  $effect.root(() => {
    const asked = live("count_all", () => (session.status === "open" ? {} : null));
    $effect(() => {
      counts.now = asked.data;
    });
  });
}
