//! The test command that runs, watched until its end. It outlives the form: who comes back finds it
//! as it goes on. Absent: the running itself; the core does that.

import { Log } from "../../kit/log.svelte";
import { asApiError, call, type ApiError } from "../../rpc/client";
import type { TestRun, TestsRan } from "../../rpc/generated";

const EVERY_MS = 150;

export class Testing {
  run = $state.raw<TestRun | undefined>();
  result = $state.raw<TestsRan | undefined>();
  error = $state.raw<ApiError | undefined>();
  /** Which hot fix it is of. */
  key = $state("");
  readonly log = new Log();
  #after = 0;

  get running(): boolean {
    return this.run?.running ?? false;
  }

  /** Whether something of this hot fix is to be shown. */
  of(key: string): boolean {
    return this.key === key && (this.running || this.error !== undefined);
  }

  async start(key: string, command: string, commit: string): Promise<TestsRan | undefined> {
    this.#begin(key);
    let over = false;
    const watching = this.#watch(() => !over);
    try {
      this.result = await call("fix_evidence_run", { key, command, commit });
      return this.result;
    } catch (thrown) {
      this.error = asApiError(thrown);
      return undefined;
    } finally {
      over = true;
      await watching;
      this.run = this.run && { ...this.run, running: false };
    }
  }

  async cancel(): Promise<void> {
    await call("fix_evidence_cancel", {}).catch(() => {});
  }

  /** The form comes back: a command may still run that was started before. */
  async resume(): Promise<void> {
    if (this.running) return;
    const far = await call("fix_evidence_output", { after: 0 }).catch(() => undefined);
    if (!far?.running) return;
    this.#begin(far.key ?? "");
    this.run = far;
    await this.#watch(() => this.running);
  }

  #begin(key: string) {
    this.key = key;
    this.result = this.error = undefined;
    this.log.clear();
    this.#after = 0;
  }

  async #watch(running: () => boolean) {
    // Lines of an earlier run have smaller numbers.
    const first = await call("fix_evidence_output", { after: Number.MAX_SAFE_INTEGER }).catch(
      () => undefined,
    );
    if (first?.running) this.run = first;
    do {
      await new Promise((over) => setTimeout(over, EVERY_MS));
      await this.#hear();
    } while (running());
    await this.#hear();
  }

  async #hear() {
    const far = await call("fix_evidence_output", { after: this.#after }).catch(() => undefined);
    if (!far || far.key !== this.key) return;
    this.run = far;
    this.#after = far.lines.at(-1)?.id ?? this.#after;
    if (far.dropped > 0) this.log.dropped += far.dropped;
    this.log.push(
      ...far.lines.map((line) =>
        line.error ? { text: line.text, level: "warn" as const } : { text: line.text },
      ),
    );
  }
}

export const testing = new Testing();
