/** Time as it comes in from outside, so that tests need none. */
export interface LinkClock {
  /** Monotonic milliseconds since any fixed moment: clocks on the wall jump. */
  monotonic(): number;
  /** Calls back once after `delay` ms unless cancelled. */
  after(delay: number, callback: () => void): { cancel(): void };
}

/** The clock of this machine. */
export const systemClock: LinkClock = {
  monotonic: () => performance.now(),
  after(delay, callback) {
    let turn: NodeJS.Immediate | null = null;
    const timer = setTimeout(() => {
      // After a sleep everything is due at once; what has arrived meanwhile is looked at before the timer.
      turn = setImmediate(callback);
    }, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
        if (turn) clearImmediate(turn);
      },
    };
  },
};
