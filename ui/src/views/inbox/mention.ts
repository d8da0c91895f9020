//! People named in a comment by @ and their key, as the core finds them.

import type { Person } from "../../rpc/generated";

export interface Bit {
  text: string;
  /** The person, if this bit names one. */
  person?: string;
}

const NAMED = /(?<![\p{L}\p{N}])@([\w.-]*\w)/gu;

/** A text cut at the people it names. */
export function bits(text: string, known: (id: string) => string | undefined): Bit[] {
  const out: Bit[] = [];
  let from = 0;
  for (const match of text.matchAll(NAMED)) {
    const name = known(match[1] ?? "");
    if (name === undefined) continue;
    if (match.index > from) out.push({ text: text.slice(from, match.index) });
    out.push({ text: `@${name}`, person: match[1] });
    from = match.index + match[0].length;
  }
  if (from < text.length) out.push({ text: text.slice(from) });
  return out;
}

/** What is being typed behind an @ right before the caret; undefined where none is. */
export function begun(text: string, caret: number): string | undefined {
  return /(?<![\p{L}\p{N}])@([\p{L}\p{N}_.-]*)$/u.exec(text.slice(0, caret))?.[1];
}

/** Who may be meant, by key or name. */
export function meant(people: readonly Person[], word: string): Person[] {
  const wanted = word.toLocaleLowerCase();
  return people
    .filter(
      (one) =>
        one.id.toLowerCase().startsWith(wanted) ||
        one.name
          .toLocaleLowerCase()
          .split(/\s+/)
          .some((part) => part.startsWith(wanted)),
    )
    .slice(0, 6);
}
