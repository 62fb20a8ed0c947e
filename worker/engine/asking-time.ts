import type { ExecutionState, LiveAttempt } from "./state.ts";

/** From now on the attempt waits for a person. */
export function beginAsking(state: ExecutionState, live: LiveAttempt): void {
  live.asks += 1;
  live.asksSince ??= state.t;
}

/** One of its questions is settled. The time until the last one is none of the attempt's. */
export function endAsking(state: ExecutionState, live: LiveAttempt): void {
  live.asks -= 1;
  if (live.asks > 0 || live.asksSince === null) return;
  const waited = state.t - live.asksSince;
  live.asked += waited;
  if (live.deadline !== null) live.deadline += waited;
  live.asksSince = null;
}

/** How long an attempt has waited for a person so far, in ms. */
export function timeAsking({ asked, asksSince }: LiveAttempt, t: number): number {
  return asked + (asksSince === null ? 0 : Math.max(0, t - asksSince));
}
