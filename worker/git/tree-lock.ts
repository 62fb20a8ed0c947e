/** Many may be in at the same time, or one alone; in the order in which they came. */
export class TreeLock {
  readonly #waiting: { readonly alone: boolean; readonly begin: () => void }[] = [];
  #inside = 0;
  #isAlone = false;

  /** How many are in beside one another. */
  get inside(): number {
    return this.#inside;
  }

  /** Resolves when it is in, with the way out. */
  async enter(): Promise<() => void> {
    if (this.#isAlone || this.#waiting.length > 0) await this.#wait(false);
    else this.#inside += 1;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.#inside -= 1;
      this.#next();
    };
  }

  /** Runs `act` while nobody else is in. */
  async alone<T>(act: () => Promise<T>): Promise<T> {
    if (this.#isAlone || this.#inside > 0 || this.#waiting.length > 0) await this.#wait(true);
    else this.#isAlone = true;
    try {
      return await act();
    } finally {
      this.#isAlone = false;
      this.#next();
    }
  }

  #wait(alone: boolean): Promise<void> {
    return new Promise((begin) => {
      this.#waiting.push({ alone, begin });
    });
  }

  #next(): void {
    for (let first = this.#waiting[0]; first && !this.#isAlone; first = this.#waiting[0]) {
      if (first.alone && this.#inside > 0) return;
      this.#waiting.shift();
      if (first.alone) this.#isAlone = true;
      else this.#inside += 1;
      first.begin();
    }
  }
}
