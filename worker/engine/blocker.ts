import { formatDuration } from "../../schemas/duration.ts";
import type { Blocker } from "../../schemas/execution.ts";
import { formatAmount, fromMicros } from "../../schemas/money.ts";
import {
  agentHasRoom,
  budgetLeft,
  fitsBudget,
  reservationOf,
  stepAt,
  type ExecutionState,
  type StepState,
} from "./state.ts";

/** Names what keeps a step from going on (invariant 9); null when it runs, has ended or is moved on by the next decision. */
export function blockerOf(state: ExecutionState, step: StepState, t: number): Blocker | null {
  const { phase, definition } = step;
  if (state.interrupted !== null && phase.kind !== "pending" && phase.kind !== "ended") {
    return { kind: "worker", detail: "the worker that ran it is gone", steps: [] };
  }
  switch (phase.kind) {
    case "pending":
      return waitsForSteps(state, step);
    case "waiting":
      if (phase.due > t) {
        return { kind: "backoff", detail: `next attempt in ${formatDuration(phase.due - t)}`, steps: [] };
      }
      break;
    case "ready":
      break;
    case "running":
    case "settling":
    case "ended":
      return null;
    default:
      phase satisfies never;
  }
  if (!fitsBudget(state, 0, definition)) return waitsForBudget(state, step);
  if (!agentHasRoom(state, 0, definition.agent)) {
    return { kind: "agent", detail: `agent ${definition.agent} is at its limit`, steps: [] };
  }
  if (state.running.size >= state.plan.maxConcurrent) {
    return { kind: "slot", detail: `${state.running.size} of ${state.plan.maxConcurrent} places are taken`, steps: [] };
  }
  return null;
}

function waitsForSteps(state: ExecutionState, step: StepState): Blocker {
  const open = step.definition.dependencies.flatMap((id) => {
    const index = state.indexOf.get(id);
    const dependency = index === undefined ? undefined : stepAt(state, index);
    return dependency && !isMet(dependency) ? [dependency.definition] : [];
  });
  const first = open[0]?.title ?? "";
  const detail = open.length > 1 ? `"${first}" and ${open.length - 1} more` : `"${first}"`;
  return { kind: "dependency", detail: `waits for ${detail}`, steps: open.map(({ id }) => id) };
}

function isMet({ phase }: StepState): boolean {
  return (
    phase.kind === "ended" && (phase.status === "completed" || (phase.status === "skipped" && phase.failure === null))
  );
}

function waitsForBudget(state: ExecutionState, step: StepState): Blocker {
  const left = budgetLeft(state) ?? 0;
  const amount = (micros: number): string => formatAmount(fromMicros(micros), state.plan.currency);
  const detail =
    left < 0
      ? `the budget's limit is passed by ${amount(-left)}`
      : `needs ${amount(reservationOf(state, step.definition))} of the budget, ${amount(left)} is left`;
  return { kind: "budget", detail, steps: [] };
}
