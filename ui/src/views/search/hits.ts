//! What the core's search found, as lines of the palette.

import type { Found } from "../../kit/screen";
import type { Hit } from "../../rpc/generated";

/** The core sets what matched between U+2068 and U+2069; a line of the palette is plain text. */
const plain = (text: string) =>
  text
    .replace(/[\u2068\u2069]/g, "")
    .replace(/\s+/g, " ")
    .trim();

function placeOf(hit: Hit): string {
  if (hit.kind === "issue") return `/inbox/${hit.key}`;
  if (hit.kind === "hotfix") return `/fix/${hit.key}`;
  return `/messages/${hit.key}`;
}

export function lines(hits: Hit[], kind: string): Found[] {
  return hits
    .filter((hit) => hit.kind === kind)
    .map((hit) => {
      const snippet = plain(hit.snippet);
      return {
        id: hit.key,
        label: hit.title,
        hint: snippet && snippet !== hit.title ? `${hit.key} · ${snippet}` : hit.key,
        href: placeOf(hit),
      };
    });
}
