/** What an agent may say in a second for the record and the log; three seconds' worth at once. */
const MESSAGES_PER_SECOND = 200;
const BURST = 600;

/**
 * Bounds what is kept of an agent's messages (catalogue K4), however many it sends. Time is in ms on any monotonic clock. Costs,
 * results and errors are never cut: whoever reads them slows their sender down instead.
 */
export class MessageAllowance {
  #tokens = BURST;
  #at: number;
  #cut = 0;

  constructor(now: number) {
    this.#at = now;
  }

  /** Whether one more may be kept now. One that may not is counted. */
  take(now: number): boolean {
    this.#refill(now);
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return true;
    }
    this.#cut += 1;
    return false;
  }

  /** The same for what may not be lost: ms to wait before the next one is read. */
  owe(now: number): number {
    this.#refill(now);
    this.#tokens -= 1;
    return this.#tokens >= 0 ? 0 : Math.ceil((-this.#tokens / MESSAGES_PER_SECOND) * 1_000);
  }

  /** How many were cut since the last call. */
  takeCut(): number {
    const cut = this.#cut;
    this.#cut = 0;
    return cut;
  }

  #refill(now: number): void {
    this.#tokens = Math.min(BURST, this.#tokens + (Math.max(0, now - this.#at) / 1_000) * MESSAGES_PER_SECOND);
    this.#at = now;
  }
}
