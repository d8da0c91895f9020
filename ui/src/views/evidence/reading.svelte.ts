//! A report of tests while the core reads it: how far it is, and the way to stop it.

import { call, type ApiError } from "../../rpc/client";
import type { ReadingProgress } from "../../rpc/generated";

const EVERY_MS = 200;

export class Reading {
  /** How far it is, once it takes longer than a moment. */
  progress = $state.raw<ReadingProgress | undefined>();
  #watched = 0;

  /** Waits for what reads a report, and watches it meanwhile. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#watched++;
    const timer = setInterval(() => void this.#look(), EVERY_MS);
    try {
      return await work;
    } finally {
      clearInterval(timer);
      if (--this.#watched === 0) this.progress = undefined;
    }
  }

  async #look() {
    const far = await call("tests_reading", {}).catch(() => undefined);
    if (this.#watched > 0 && far?.running) this.progress = far;
  }

  cancel = async (): Promise<void> => {
    await call("tests_reading_cancel", {}).catch(() => {});
  };
}

/** Somebody stopped it. */
export const wasCancelled = (error: ApiError): boolean => error.where === "cancelled";
