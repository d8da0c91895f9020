//! One ticking clock for the whole window: a thousand relative times share one timer.
//! `useClock()` in a component gives `.now`, re-read every second while somebody looks.

import { createSubscriber } from "svelte/reactivity";

class Clock {
  #read: () => number;
  #subscribe: () => void;

  constructor(step: number, read: () => number = Date.now) {
    this.#read = read;
    this.#subscribe = createSubscriber((update) => {
      const timer = setInterval(update, step);
      return () => clearInterval(timer);
    });
  }

  /** Milliseconds since 1970. Reading it inside an effect or template keeps it current. */
  get now(): number {
    this.#subscribe();
    return this.#read();
  }
}

/** For seconds that count down before one's eyes. */
export const seconds = new Clock(1000);
/** For everything else: lists of relative times. */
export const minutes = new Clock(15_000);
