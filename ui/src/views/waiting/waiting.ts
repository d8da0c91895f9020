//! What waits, in groups of one kind of work, and where each is cleared. Absent: who it waits for; the
//! core has decided that.

import type { WaitingItem, WaitingKind } from "../../rpc/generated";

/** In the order of the page: what cannot wait comes first. */
export const groups: { kinds: WaitingKind[]; title: string }[] = [
  { kinds: ["decision"], title: "Needs a decision now" },
  { kinds: ["breach", "doubt"], title: "Breaches" },
  { kinds: ["deadline"], title: "Running out of time" },
  { kinds: ["missed", "start"], title: "Ready to start" },
  { kinds: ["notice", "update"], title: "To tell" },
  { kinds: ["approval"], title: "To approve" },
  { kinds: ["unassigned"], title: "Nobody has it" },
  { kinds: ["check"], title: "To check" },
  { kinds: ["sign_off"], title: "To sign off" },
  { kinds: ["blocker"], title: "Blockers" },
  { kinds: ["mention"], title: "Asks for you" },
  { kinds: ["triage"], title: "To triage" },
  { kinds: ["call_back"], title: "To call back" },
  { kinds: ["failed"], title: "Messages that failed" },
  { kinds: ["source"], title: "Sources that cannot be read" },
  { kinds: ["published"], title: "Calendars that cannot be published to" },
  { kinds: ["review"], title: "To review" },
  { kinds: ["close"], title: "To close" },
];

export interface Group {
  title: string;
  items: WaitingItem[];
}

export function grouped(items: WaitingItem[]): Group[] {
  return groups
    .map(({ kinds, title }) => ({ title, items: items.filter((i) => kinds.includes(i.kind)) }))
    .filter((group) => group.items.length > 0);
}

/** The place where it is cleared. */
export function placeOf(item: WaitingItem): string {
  if (item.kind === "published") return `/settings/published-calendars/${item.key}`;
  if (item.kind === "source") return `/settings/sources/${item.key}`;
  if (item.kind === "notice" && item.hotfix) return `/fix/${item.hotfix}/${item.section}`;
  if (item.key.startsWith("MSG-")) return `/messages/${item.key}`;
  if (item.key.startsWith("DEP-")) return `/deployment/${item.key}`;
  // Breaches, and what else the watch asks for, are dealt with beside the charts.
  if (item.key.startsWith("HF-") && item.section === "monitor") return `/monitoring/${item.key}`;
  if (item.key.startsWith("HF-"))
    return item.section ? `/fix/${item.key}/${item.section}` : `/fix/${item.key}`;
  if (item.kind === "call_back" && item.hotfix) return `/messages/calls?hotfix=${item.hotfix}`;
  if (item.key.startsWith("ISS-")) return `/inbox/${item.key}`;
  if (item.hotfix) return `/fix/${item.hotfix}/${item.section || "announce"}`;
  return "/messages";
}
