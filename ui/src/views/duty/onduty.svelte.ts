//! Who is on duty now, asked again when somebody else is. Make it inside a component.

import { minutes } from "../../kit/clock.svelte";
import type { Query } from "../../kit/query.svelte";
import type { DutyView } from "../../rpc/generated";
import { live } from "../live.svelte";
import { session } from "../session.svelte";
import { changesAt } from "./duty";

export function onDuty(product: () => string | null = () => null): Query<DutyView> {
  const duty = live("calendar_duty", () =>
    session.status === "open" ? { at: null, to: null, product: product() } : null,
  );
  let asked = 0;
  $effect(() => {
    const at = duty.data ? changesAt(duty.data.rows) : undefined;
    // Once for each change: an answer that says the same again is not asked for without end.
    if (at !== undefined && at <= minutes.now && at !== asked) {
      asked = at;
      void duty.refresh();
    }
  });
  return duty;
}
