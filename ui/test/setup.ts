// What jsdom lacks and the window has: layout observers and scrolling.
class Silent {
  observe() {}
  unobserve() {}
  disconnect() {}
}
globalThis.ResizeObserver ??= Silent as unknown as typeof ResizeObserver;
globalThis.IntersectionObserver ??= Silent as unknown as typeof IntersectionObserver;
Element.prototype.scrollIntoView ??= () => {};
Element.prototype.hasPointerCapture ??= () => false;
Element.prototype.releasePointerCapture ??= () => {};
