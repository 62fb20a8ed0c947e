import type { Supervision } from "../../../schemas/agent-health.ts";

/**
 * Bounds the restarts of one agent (catalogue C8), as the supervisors of Erlang/OTP bound the intensity: more than `maxRestarts` within
 * `window` and it is given up. After a window of quiet it may be tried again. Time is in ms on a monotonic clock.
 */
export class RestartLimit {
  readonly #supervision: Pick<Supervision, "maxRestarts" | "window">;
  /** When processes were started in the place of others that had failed. */
  #restarts: number[] = [];
  /** Faults that no start has followed yet. */
  #faults: number[] = [];
  #failedAt: number | null = null;
  #total = 0;

  constructor(supervision: Pick<Supervision, "maxRestarts" | "window">) {
    this.#supervision = supervision;
  }

  /** A process crashed or hung. Returns whether the agent has to be given up, once. */
  fault(now: number): boolean {
    this.#faults = [...this.#recent(this.#faults, now), now];
    const count = this.#recent(this.#restarts, now).length + this.#faults.length;
    if (count <= this.#supervision.maxRestarts || this.hasFailed(now)) return false;
    this.#failedAt = now;
    return true;
  }

  /** A process starts. Only while it has not failed. */
  start(now: number): void {
    this.#faults = this.#recent(this.#faults, now);
    if (this.#faults.shift() === undefined) return;
    this.#total += 1;
    this.#restarts = [...this.#recent(this.#restarts, now), now];
  }

  hasFailed(now: number): boolean {
    if (this.#failedAt === null) return false;
    if (now - this.#failedAt < this.#supervision.window) return true;
    this.#failedAt = null;
    this.#faults = [];
    this.#restarts = [];
    return false;
  }

  /** Restarts in all. */
  get total(): number {
    return this.#total;
  }

  #recent(times: readonly number[], now: number): number[] {
    return times.filter((at) => now - at < this.#supervision.window);
  }
}
