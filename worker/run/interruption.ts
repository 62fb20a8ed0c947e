import type { EventBody } from "../../schemas/event.ts";
import { isAtRest } from "../engine/decide.ts";
import type { ExecutionState } from "../engine/state.ts";

/**
 * What the next worker records for an execution that a dead one ran (semantics, Execution): that it was interrupted, and that nobody
 * waits any more for what its agents have asked. Empty: it has ended, is marked already, or nothing of it ran because it waits for a
 * person.
 */
export function interruptionOf(state: ExecutionState, message: string): EventBody[] {
  if (state.finished || state.interrupted !== null || isAtRest(state)) return [];
  const asked = [...state.decisions.values()].filter(({ kind }) => kind === "permission");
  return [
    { type: "execution.interrupted", message },
    ...asked.map(({ decisionId, stepId }): EventBody => ({ type: "decision.withdrawn", decisionId, stepId })),
  ];
}
