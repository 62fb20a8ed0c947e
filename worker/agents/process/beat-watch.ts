import type { Supervision } from "../../../schemas/agent-health.ts";

/** More than this between two looks, in ms, means that the worker itself did not run. */
const LATE_MS = 1_000;

/**
 * Judges the silence of one process (catalogue C8). Time is in ms on a monotonic clock, so that clocks that are set change nothing.
 * Time in which the worker did not run (its machine slept, it was stopped, it was busy) is nobody's silence: after it a process has at
 * least half of its timeout left. One look alone is no proof, because what was said may still wait to be read.
 */
export class BeatWatch {
  /** Between two looks. */
  readonly interval: number;
  readonly #timeout: number;
  #graceEnd: number;
  #lastSign: number;
  #lastLook: number;
  #isSuspected = false;

  constructor({ timeout, grace }: Supervision, now: number) {
    this.interval = Math.max(20, Math.min(1_000, Math.floor(timeout / 10)));
    this.#timeout = timeout;
    this.#graceEnd = now + grace;
    this.#lastSign = now;
    this.#lastLook = now;
  }

  /** It said something. */
  sign(now: number): void {
    this.#lastSign = now;
    this.#isSuspected = false;
  }

  /** To be called every `interval`: whether the process must be given up. */
  look(now: number): boolean {
    const gap = now - this.#lastLook - this.interval;
    this.#lastLook = now;
    if (gap > LATE_MS) {
      this.#graceEnd += gap;
      this.#lastSign = Math.min(now, Math.max(this.#lastSign + gap, now - this.#timeout / 2));
      this.#isSuspected = false;
      return false;
    }
    const isSilent = now > this.#graceEnd && now - this.#lastSign > this.#timeout;
    const isSure = isSilent && this.#isSuspected;
    this.#isSuspected = isSilent;
    return isSure;
  }
}
