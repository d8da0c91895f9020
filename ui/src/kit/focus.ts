//! The focus is never lost. When what had it goes away (a form that closes, a row that is gone, a screen
//! that is left), it moves to the nearest thing around that place, at the outermost to the screen itself:
//! the next Tab goes on from there. Whoever puts the focus somewhere on purpose comes later and wins.

const CAN = "a[href], button, input, textarea, select, summary, [tabindex]";

/** Watches until the answer is called. `home` is where the focus goes when nothing around is left. */
export function keepFocus(home: () => HTMLElement | undefined): () => void {
  let trail: HTMLElement[] = [];
  const came = () => (trail = around(document.activeElement));
  const went = () => {
    // Left on purpose, with the mouse say: it is not dragged back into the field.
    trail = trail.slice(1);
    setTimeout(back);
  };
  function back() {
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    for (const one of [...trail, home()]) {
      if (!one?.isConnected || !one.matches(CAN)) continue;
      one.focus({ preventScroll: true });
      if (document.activeElement === one) return;
    }
  }
  const watch = new MutationObserver(back);
  watch.observe(document.body, {
    childList: true,
    subtree: true,
    attributeFilter: ["disabled", "hidden", "inert"],
  });
  document.addEventListener("focusin", came);
  document.addEventListener("focusout", went);
  back();
  return () => {
    watch.disconnect();
    document.removeEventListener("focusin", came);
    document.removeEventListener("focusout", went);
  };
}

/** Out of a field to what is around it, so that the letters are the screen's keys again. */
export function leaveField(): void {
  const [field, ...rest] = around(document.activeElement);
  const next = rest.find((one) => one.matches(CAN));
  if (next) next.focus({ preventScroll: true });
  else field?.blur();
}

function around(from: Element | null): HTMLElement[] {
  const list: HTMLElement[] = [];
  for (let at = from; at && at !== document.body; at = at.parentElement) {
    if (at instanceof HTMLElement) list.push(at);
  }
  return list;
}
