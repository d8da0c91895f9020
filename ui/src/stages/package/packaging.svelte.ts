//! Work on a package that takes its time: how far it is, and the way to stop it. It outlives the
//! form that began it: who comes back finds it under way.
//! Absent: any work; the core does it, one at a time.

import { ApiError, asApiError, call } from "../../rpc/client";
import type { Packaging as Far } from "../../rpc/generated";
import { bytes } from "../../views/hotfix/words";

const EVERY_MS = 200;

export class Packaging {
  progress = $state.raw<Far | undefined>();
  /** What this window waits for, while it waits. */
  #awaited = 0;

  get running(): boolean {
    return this.progress !== undefined;
  }

  /** Watches while something is done that the core tells the progress of. */
  async during<T>(subject: string, work: () => Promise<T>): Promise<T> {
    this.#awaited++;
    let over = false;
    this.progress = begun(subject);
    const watching = this.#watch(() => !over);
    try {
      return await work();
    } finally {
      over = true;
      this.#awaited--;
      await watching;
      this.progress = undefined;
    }
  }

  async cancel(): Promise<void> {
    await call("fix_package_cancel", {}).catch(() => {});
  }

  /** The page comes back: a build may still run that it began before. Its end, if it was awaited here. */
  async resume(subject: string): Promise<Far | ApiError | undefined> {
    if (this.running || this.#awaited > 0) return undefined;
    const far = await call("fix_package_progress", {}).catch(() => undefined);
    if (!far || far.done || far.subject !== subject) return undefined;
    this.progress = far;
    let last = far;
    try {
      await this.#watch(
        () => !last.done,
        (now) => (last = now),
      );
    } catch (thrown) {
      return asApiError(thrown);
    } finally {
      this.progress = undefined;
    }
    return last;
  }

  async #watch(running: () => boolean, heard: (far: Far) => void = () => {}) {
    while (running()) {
      await new Promise((over) => setTimeout(over, EVERY_MS));
      if (!running()) return;
      const far = await call("fix_package_progress", {}).catch(() => undefined);
      if (!far) continue;
      heard(far);
      // Before it has begun the core still tells of the last one.
      if (running() && !far.done) this.progress = far;
    }
  }
}

const begun = (subject: string): Far => ({
  subject,
  doing: "looking",
  done: false,
  files: 0,
  bytes: 0,
  of_bytes: 0,
  built: null,
  error: null,
});

const doings: Record<Far["doing"], string> = {
  looking: "Looking at the files",
  packing: "Packing",
  storing: "Storing and signing",
  verifying: "Verifying",
  writing: "Writing",
};

/** The words beside the bar. */
export function far(progress: Far): { label: string; detail: string } {
  const label = doings[progress.doing];
  if (progress.of_bytes === 0) {
    return { label, detail: progress.files > 0 ? `${progress.files.toLocaleString()} files` : "" };
  }
  const share = Math.floor((progress.bytes / progress.of_bytes) * 100);
  return { label, detail: `${bytes(progress.bytes)} of ${bytes(progress.of_bytes)} · ${share} %` };
}

export const packaging = new Packaging();
