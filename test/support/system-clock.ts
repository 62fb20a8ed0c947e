import type { Clock } from "../../worker/run/ports.ts";

/** Real time, for tests of real processes and sockets. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => new Date(),
  after: (delay, callback) => {
    const timer = setTimeout(callback, delay);
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
