//! Lists that a person puts in order. Pure.

/** The list with the item at `from` moved to `to`; the same list if there is nothing to move. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  if (from === to || from < 0 || to < 0 || from >= list.length || to >= list.length) return list;
  const next = [...list];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}
