//! Where the window is: the hash, reactive. `go("/inbox/ISS-12")`, `<a href="#/inbox/ISS-12">`.

class Place {
  #hash = $state(globalThis.location?.hash ?? "");

  constructor() {
    globalThis.addEventListener?.("hashchange", () => this.moved());
  }

  moved(): void {
    this.#hash = location.hash;
  }

  /** "/inbox/ISS-12" */
  get path(): string {
    const path = this.#hash.replace(/^#/, "").split("?")[0] ?? "";
    return path === "" ? "/" : path;
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.#hash.split("?")[1] ?? "");
  }
}

export const place = new Place();

export function go(path: string): void {
  location.hash = `#${path}`;
  // Not with the event, which comes later: the next key is the new screen's.
  place.moved();
}

/** Changes the place without a step in the history (a selection in a list). */
export function swap(path: string): void {
  if (location.hash === `#${path}`) return;
  history.replaceState(null, "", `#${path}`);
  globalThis.dispatchEvent(new HashChangeEvent("hashchange"));
}
