import type { Clock } from "./ports.ts";

/** The clock of this machine. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => new Date(),
  after(delay, callback) {
    const timer = setTimeout(callback, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
