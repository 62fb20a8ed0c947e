import type { EventBody } from "../../schemas/event.ts";
import type { ExecutionState } from "../engine/state.ts";

/**
 * What the next worker records for an execution that a dead one ran (semantics, Execution). Null: it has ended, is marked already,
 * or nothing of it ran because it waits for a person.
 */
export function interruptionOf(state: ExecutionState, message: string): EventBody | null {
  if (state.finished || state.interrupted !== null) return null;
  const waits = state.paused !== null || state.decisions.size > 0;
  const isAtRest = waits && state.running.size === 0 && state.settling.size === 0 && state.cancel === null;
  return isAtRest ? null : { type: "execution.interrupted", message };
}
