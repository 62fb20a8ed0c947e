import type { EventBody } from "../../schemas/event.ts";
import { isAtRest } from "../engine/decide.ts";
import type { ExecutionState } from "../engine/state.ts";

/**
 * What the next worker records for an execution that a dead one ran (semantics, Execution). Null: it has ended, is marked already,
 * or nothing of it ran because it waits for a person.
 */
export function interruptionOf(state: ExecutionState, message: string): EventBody | null {
  if (state.finished || state.interrupted !== null) return null;
  return isAtRest(state) ? null : { type: "execution.interrupted", message };
}
