/** A text cut at some of its words. */
export interface Piece {
  text: string;
  marked: boolean;
}

const LETTER = /[\p{L}\p{N}]/u;

/**
 * Cuts a text at the given parts of it, each as it stands there. A part that begins or ends inside
 * a longer word is no match, except in scripts without spaces.
 */
export function pieces(text: string, words: readonly string[]): Piece[] {
  const wanted = [...new Set(words.filter((word) => word !== ""))].sort(
    (a, b) => b.length - a.length,
  );
  const out: Piece[] = [];
  let plain = "";
  let at = 0;
  while (at < text.length) {
    const word = wanted.find((w) => text.startsWith(w, at) && stands(text, at, w.length));
    if (word === undefined) {
      plain += text[at];
      at += 1;
      continue;
    }
    if (plain !== "") out.push({ text: plain, marked: false });
    out.push({ text: word, marked: true });
    plain = "";
    at += word.length;
  }
  if (plain !== "") out.push({ text: plain, marked: false });
  return out;
}

const DENSE = /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u9fff\uac00-\ud7af\uf900-\ufaff]/;

function stands(text: string, at: number, length: number): boolean {
  if (DENSE.test(text[at] ?? "")) return true;
  const before = text[at - 1] ?? "";
  const after = text[at + length] ?? "";
  return !LETTER.test(before) && !LETTER.test(after);
}
