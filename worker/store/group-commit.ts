/**
 * Lets any number of callers share one sync. A caller may share only a sync that starts after it called, because one that
 * is under way may have passed its data already; so at most one runs and one waits.
 */
export class GroupCommit {
  readonly #sync: () => Promise<void>;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;
  #isRunning = false;

  constructor(sync: () => Promise<void>) {
    this.#sync = sync;
  }

  /** Whether somebody waits. */
  get isBusy(): boolean {
    return this.#isRunning || this.#next !== null;
  }

  /** Resolves after a sync that started not before this call. Rejects when that sync failed. */
  request(): Promise<void> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  /** Begins one turn later at the earliest, so that everybody who commits in the same turn takes part. */
  async #afterRunning(): Promise<void> {
    try {
      await this.#running;
    } catch {
      // Its own callers have been told; whether this one succeeds is decided anew.
    }
    const run = this.#sync();
    this.#running = run;
    this.#next = null;
    this.#isRunning = true;
    try {
      await run;
    } finally {
      this.#isRunning = false;
    }
  }
}
