/** One thing after another; of those that wait, the one with the lowest place comes first. */
export class MergeQueue {
  readonly #waiting: { readonly place: number; readonly begin: () => void }[] = [];
  #isBusy = false;

  /** Runs `act` when its turn has come. `place`: that of the step in the plan. */
  async run<T>(place: number, act: () => Promise<T>): Promise<T> {
    await this.#turn(place);
    try {
      return await act();
    } finally {
      this.#next();
    }
  }

  #turn(place: number): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return Promise.resolve();
    }
    return new Promise((begin) => {
      const after = this.#waiting.findIndex((other) => other.place > place);
      this.#waiting.splice(after < 0 ? this.#waiting.length : after, 0, { place, begin });
    });
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next) next.begin();
    else this.#isBusy = false;
  }
}
