//! What is lifted on the timeline and where it would come to lie: by the pointer or by the keyboard,
//! one at a time. What a drop does is the screen's.

import { announce } from "../../kit/announce.svelte";
import { exact, millis } from "../../kit/time";
import type { DeploymentRow } from "../../rpc/generated";
import { canMove } from "../deployments/words";
import { snap, stepOf, type Zoom } from "./span";

export interface Lifted {
  row: DeploymentRow;
  start: number;
  by: "pointer" | "keys";
}

export class Moving {
  lifted = $state.raw<Lifted | undefined>();
  /** The pointer has been pressed and may become a drag. */
  #pressed: { row: DeploymentRow; x: number } | undefined;
  /** The click that ends a drag opens nothing. */
  #dropped = false;

  press(row: DeploymentRow, x: number): boolean {
    this.#dropped = false;
    if (!canMove(row.state) || this.lifted?.by === "keys") return false;
    this.#pressed = { row, x };
    return true;
  }

  /** The pointer is at `x`; `perPixel` ms lie under each. */
  carry(row: DeploymentRow, x: number, perPixel: number, zoom: Zoom): void {
    const from = this.#pressed;
    if (!from || from.row.key !== row.key) return;
    const by = x - from.x;
    if (!this.lifted && Math.abs(by) < 5) return;
    const start = snap(zoom, millis(row.starts_at) + by * perPixel);
    if (this.lifted?.start === start) return;
    this.lifted = { row, start, by: "pointer" };
  }

  /** Takes it up by the keyboard: arrows move it from then on. */
  lift(row: DeploymentRow): void {
    if (!canMove(row.state)) return;
    this.lifted = { row, start: millis(row.starts_at), by: "keys" };
    announce(`${row.key} lifted. Arrows move it, Enter drops it, Escape puts it back.`);
  }

  step(by: number, zoom: Zoom): void {
    if (!this.lifted) return;
    const start = snap(zoom, this.lifted.start + by * stepOf(zoom));
    this.lifted = { ...this.lifted, start };
    announce(exact(start));
  }

  cancel(): void {
    this.#pressed = undefined;
    this.lifted = undefined;
  }

  /** Puts it down; what was moved comes back with its new start. */
  drop(): Lifted | undefined {
    const done = this.lifted;
    this.cancel();
    this.#dropped = done?.by === "pointer";
    return done && done.start !== millis(done.row.starts_at) ? done : undefined;
  }

  /** Whether this click only ended a drag. */
  ate(): boolean {
    const ate = this.#dropped;
    this.#dropped = false;
    return ate;
  }
}
