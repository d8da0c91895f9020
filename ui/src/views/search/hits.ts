//! What the core's search found: where each hit leads, what it is called, how a line of the palette
//! shows it. Absent: any request.

import FileText from "@lucide/svelte/icons/file-text";
import Flame from "@lucide/svelte/icons/flame";
import Inbox from "@lucide/svelte/icons/inbox";
import Mail from "@lucide/svelte/icons/mail";
import type { Icon } from "../../kit/icon";
import type { Found as Line } from "../../kit/screen";
import type { Filter, Found, Hit, IssueState, MessageState, Phase } from "../../rpc/generated";
import { phases } from "../hotfix/words";
import { stateWords } from "../inbox/words";
import { states as messageStates } from "../messages/words";

export const kinds: Record<string, { one: string; many: string; icon: Icon }> = {
  issue: { one: "Issue", many: "Issues", icon: Inbox },
  hotfix: { one: "Hot fix", many: "Hot fixes", icon: Flame },
  report: { one: "Report", many: "Reports", icon: FileText },
  message: { one: "Message", many: "Messages", icon: Mail },
};

export function placeOf(hit: Pick<Hit, "kind" | "key">): string {
  switch (hit.kind) {
    case "issue":
      return `/inbox/${hit.key}`;
    case "hotfix":
      return `/fix/${hit.key}`;
    case "report":
      return `/fix/${hit.key}/report`;
    default:
      return `/messages/${hit.key}`;
  }
}

/** The address of a search. */
export const searchPlace = (text: string): string =>
  text.trim() === "" ? "/search" : `/search/${encodeURIComponent(text)}`;

/** The state in words, whatever the hit is. */
export function stateOf(hit: Pick<Hit, "kind" | "state">): string {
  if (hit.kind === "issue") return stateWords[hit.state as IssueState] ?? hit.state;
  if (hit.kind === "message")
    return messageStates.find((one) => one.value === (hit.state as MessageState))?.label ?? "";
  return phases[hit.state as Phase] ?? hit.state;
}

export interface Piece {
  text: string;
  marked: boolean;
}

/** The core sets what matched between U+2068 and U+2069. */
export function pieces(snippet: string): Piece[] {
  return snippet
    .split(/(\u2068[^\u2069]*\u2069?)/)
    .filter((text) => text !== "")
    .map((text) => ({
      text: text.replace(/[\u2068\u2069]/g, ""),
      marked: text.startsWith("\u2068"),
    }));
}

const plain = (snippet: string) =>
  pieces(snippet)
    .map((piece) => piece.text)
    .join("")
    .replace(/\s+/g, " ")
    .trim();

/** The hits of one kind as lines of the palette. */
export function lines(hits: readonly Hit[], kind: string): Line[] {
  return hits
    .filter((hit) => hit.kind === kind)
    .map((hit) => {
      const snippet = plain(hit.snippet);
      return {
        id: hit.key,
        label: hit.title,
        hint: snippet && snippet !== hit.title ? `${hit.key} · ${snippet}` : hit.key,
        icon: kinds[hit.kind]?.icon,
        href: placeOf(hit),
      };
    });
}

/** "Also shown for “chekcout”: checkout." */
export const alsoShown = (found: Found): string[] =>
  found.instead.map((one) => `Also shown for “${one.typed}”: ${one.shown.join(", ")}.`);

/** What was typed without one of its fields. */
export function without(text: string, filter: Filter): string {
  const at = text.indexOf(filter.text);
  if (at === -1) return text;
  const rest = text.slice(0, at) + text.slice(at + filter.text.length);
  return rest.replace(/\s{2,}/g, " ").trimStart();
}

/** The end of the text is a field whose value is still to be chosen. */
export const atValue = (text: string): boolean => /(^|\s)-?\p{L}+:("[^"]*|[^\s"]*)$/u.test(text);
