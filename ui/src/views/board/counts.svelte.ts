//! The number beside "Hot fixes" in the navigation.

import { call, onChanged, topicsOf } from "../../rpc/client";

class HotfixCount {
  hotfixes = $state<number | undefined>();
  #following = false;

  async follow(): Promise<void> {
    await this.#ask();
    if (this.#following) return;
    this.#following = true;
    const topics = topicsOf("count_all");
    await onChanged((changed) => {
      if (changed.some((t) => t === "*" || topics.includes(t))) void this.#ask();
    });
  }

  async #ask(): Promise<void> {
    // Without an open workspace there is nothing to count.
    this.hotfixes = await call("count_all", {}).then(
      (all) => all.hotfixes || undefined,
      () => undefined,
    );
  }
}

export const counts = new HotfixCount();
