//! Lines that arrive faster than a screen draws: pushed at any rate, shown once a frame, the oldest
//! dropped beyond a bound (and counted, so that the view can say so).

export interface LogLine {
  /** Shown as it is: "16:41:07". */
  at?: string;
  level?: "info" | "ok" | "warn" | "error";
  text: string;
}

export class Log {
  lines = $state.raw<LogLine[]>([]);
  dropped = $state(0);
  #waiting: LogLine[] = [];
  #frame: number | undefined;
  #bound: number;

  constructor(bound = 50_000) {
    this.#bound = bound;
  }

  push(...lines: LogLine[]): void {
    this.#waiting.push(...lines);
    this.#frame ??= requestAnimationFrame(() => this.flush());
  }

  /** Shows what waits, now. */
  flush(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
    if (this.#waiting.length === 0) return;
    const all = this.lines.concat(this.#waiting);
    this.#waiting = [];
    const over = Math.max(0, all.length - this.#bound);
    this.dropped += over;
    this.lines = over > 0 ? all.slice(over) : all;
  }

  clear(): void {
    this.#waiting = [];
    this.lines = [];
    this.dropped = 0;
  }
}
