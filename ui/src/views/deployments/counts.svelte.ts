//! How many deployments want somebody, for the navigation: kept from the window's start to its end.

import { live } from "../live.svelte";
import { session } from "../session.svelte";

class Deployments {
  open = $state<number | undefined>();
  held = $state(false);
}
export const deployments = new Deployments();

let watching = false;

/** Called once when the window opens; a second call does nothing. */
export function watchDeployments(): void {
  if (watching) return;
  watching = true;
  $effect.root(() => {
    const counts = live("count_all", () => (session.status === "open" ? {} : null));
    const running = live("deploy_list", () =>
      session.status === "open"
        ? {
            state: "deploying" as const,
            product: null,
            environment: null,
            hotfix: null,
            open: false,
            after: null,
            limit: 50,
          }
        : null,
    );
    $effect(() => {
      deployments.open = counts.data?.deployments;
    });
    $effect(() => {
      deployments.held = running.data?.rows.some((row) => row.held) ?? false;
    });
  });
}
