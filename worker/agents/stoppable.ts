import type { AttemptHandle } from "./adapter.ts";

/** What asynchronous work of several parts sees of the wish to stop it. */
export interface Stops {
  readonly isStopped: boolean;
  readonly signal: AbortSignal;
  /** Hands stops, also one that came before, to a part that runs now; resolves with the part's end. */
  follow<End>(part: AttemptHandle<End>): Promise<End>;
}

/** Makes one handle of work that runs several parts one after the other. `work` must not reject. */
export function stoppable<End>(work: (stops: Stops) => Promise<End>): AttemptHandle<End> {
  const controller = new AbortController();
  let deadline = Infinity;
  let current: AttemptHandle<unknown> | null = null;
  const stops: Stops = {
    get isStopped() {
      return controller.signal.aborted;
    },
    signal: controller.signal,
    async follow(part) {
      current = part;
      if (controller.signal.aborted) part.stop(Math.max(0, deadline - performance.now()));
      try {
        return await part.result;
      } finally {
        current = null;
      }
    },
  };
  const result = work(stops);
  return {
    result,
    stop(graceMs) {
      deadline = Math.min(deadline, performance.now() + graceMs);
      current?.stop(graceMs);
      controller.abort();
    },
  };
}
