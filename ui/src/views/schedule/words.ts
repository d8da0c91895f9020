//! What the schedule's words are called on the screen, with the hints that help to choose.

import Lock from "@lucide/svelte/icons/lock";
import Snowflake from "@lucide/svelte/icons/snowflake";
import UserCheck from "@lucide/svelte/icons/user-check";
import UserX from "@lucide/svelte/icons/user-x";
import Wrench from "@lucide/svelte/icons/wrench";
import type { Icon } from "../../kit/icon";
import { duration } from "../../kit/time";
import type { CalendarKind, Disruption, Expected, SlotTime } from "../../rpc/generated";

/** What stands on a calendar. */
export const calendarKinds: Record<CalendarKind, { word: string; icon: Icon }> = {
  freeze: { word: "Freeze", icon: Snowflake },
  maintenance: { word: "Maintenance", icon: Wrench },
  lock: { word: "Locked", icon: Lock },
  absence: { word: "Away", icon: UserX },
  duty: { word: "On duty", icon: UserCheck },
};

export const disruptions: { value: Disruption; label: string; hint: string }[] = [
  { value: "none", label: "None", hint: "Nobody notices: no request is lost." },
  { value: "brief", label: "Brief", hint: "Some requests fail or are slow, for seconds." },
  { value: "degraded", label: "Degraded", hint: "One function is away or slow, for minutes." },
  { value: "outage", label: "Outage", hint: "The whole service is away." },
];

export function disruptionWord(value: Disruption): string {
  return disruptions.find((one) => one.value === value)?.label ?? "not said";
}

export const slotTimes: Record<SlotTime, string> = {
  maintenance: "maintenance",
  off_hours: "off hours",
  office_hours: "office hours",
};

/** "takes about 20 min · disruption: brief · on duty: Rita Marsh"; nothing where nobody has said. */
export function expectedWords(expected: Expected, name: (person: string) => string): string {
  const { duration_minutes: long, disruption, on_duty } = expected;
  return [
    long > 0 ? `takes about ${duration(long * 60_000)}` : "",
    disruption === "unsaid" ? "" : `disruption: ${disruptionWord(disruption).toLowerCase()}`,
    on_duty.length > 0 ? `on duty: ${on_duty.map(name).join(", ")}` : "",
  ]
    .filter(Boolean)
    .join(" · ");
}
