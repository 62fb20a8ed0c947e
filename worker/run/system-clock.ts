import type { Clock } from "./ports.ts";

/** Longer timers would fire at once; whoever waits longer looks at the time and waits again. */
const LONGEST_MS = 2 ** 31 - 1;

/** The clock of this machine. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => new Date(),
  after(delay, callback) {
    let turn: NodeJS.Immediate | null = null;
    const timer = setTimeout(
      () => {
        // After a pause of the machine everything is due at once; what has arrived meanwhile is handled before the timer.
        turn = setImmediate(callback);
      },
      Math.max(0, Math.min(delay, LONGEST_MS)),
    );
    return {
      cancel: () => {
        clearTimeout(timer);
        if (turn) clearImmediate(turn);
      },
    };
  },
};
