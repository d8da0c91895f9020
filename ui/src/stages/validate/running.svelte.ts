//! The automatic checks of one deployment while they are run. It outlives the list: who comes back finds
//! what is under way, and what could not be had. Absent: the asking itself; the core does that.

import { SvelteMap } from "svelte/reactivity";
import { announce } from "../../kit/announce.svelte";
import { failed } from "../../kit/toast";
import { call, type ApiError } from "../../rpc/client";
import type { Attachment, ChecksRan, ChecksRunning } from "../../rpc/generated";
import { outcome } from "../../views/checklist/how";

const EVERY_MS = 200;
const NOTHING: ChecksRunning = { checks: [], done: 0, of: 0 };

export class Running {
  /** Why a check has no outcome, by its id, until it is run again. */
  readonly problems = new SvelteMap<string, Pick<ApiError, "message" | "hint">>();
  /** How far the core says that it is. */
  far = $state.raw<ChecksRunning>(NOTHING);
  /** Asked for here, and not ended; null stands for all. */
  #asked = $state.raw<readonly (string | null)[]>([]);
  #watching = false;

  constructor(readonly key: string) {}

  get active(): boolean {
    return this.#asked.length > 0 || this.far.checks.length > 0;
  }

  of(check: string): boolean {
    return this.far.checks.includes(check) || this.#asked.includes(check);
  }

  /** One check, or with null every automatic one that is open. */
  async run(check: string | null, given: Attachment[] = []): Promise<ChecksRan | undefined> {
    if (check === null ? this.#asked.includes(null) : this.of(check)) return undefined;
    this.#asked = [...this.#asked, check];
    if (check !== null) this.#tell(check, undefined);
    void this.#watch();
    try {
      const answer = await call("validate_run", {
        key: this.key,
        check,
        file: null,
        stored: given,
      });
      for (const one of answer.ran) this.#tell(one.check, one.problem ?? undefined);
      announce(answer.cancelled ? `Stopped. ${outcome(answer.ran)}` : outcome(answer.ran));
      return answer;
    } catch (thrown) {
      failed(thrown);
      return undefined;
    } finally {
      const place = this.#asked.indexOf(check);
      this.#asked = this.#asked.filter((_, at) => at !== place);
      await this.#hear();
    }
  }

  async cancel(): Promise<void> {
    await call("validate_run_cancel", { key: this.key }).catch(failed);
  }

  /** The list comes back: something may still be under way that was begun before. */
  async resume(): Promise<void> {
    await this.#hear();
    if (this.active) await this.#watch();
  }

  #tell(check: string, problem: Pick<ApiError, "message" | "hint"> | undefined) {
    if (problem) this.problems.set(check, problem);
    else this.problems.delete(check);
  }

  async #watch() {
    if (this.#watching) return;
    this.#watching = true;
    while (this.active) {
      await new Promise((over) => setTimeout(over, EVERY_MS));
      await this.#hear();
    }
    this.#watching = false;
  }

  async #hear() {
    this.far = await call("validate_running", { key: this.key }).catch(() => NOTHING);
  }
}

const all: Record<string, Running> = {};

/** That of a deployment, always the same. */
export function runningOf(key: string): Running {
  return (all[key] ??= new Running(key));
}
