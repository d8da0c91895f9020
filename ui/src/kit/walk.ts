//! j and k over things that take the focus themselves (links, cards): the next or previous one in
//! the box, staying at its ends. `walk(list, "a.item", 1)`

export function walk(box: HTMLElement | undefined, selector: string, by: number): void {
  const all = [...(box?.querySelectorAll<HTMLElement>(selector) ?? [])];
  const at = all.findIndex((one) => one.contains(document.activeElement));
  all[Math.min(all.length - 1, Math.max(0, at + by))]?.focus();
}
