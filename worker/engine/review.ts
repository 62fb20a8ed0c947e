import type { EventBody } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { shortened } from "./shortened.ts";
import { stepAt, stepNamed, type ExecutionState, type StepState } from "./state.ts";

/** Whether the step is a review whose last attempt has found faults. */
export function findsFaults({ definition, result }: StepState): boolean {
  return definition.reviews !== null && result?.review?.verdict === "changes_requested";
}

/** The review sends its target back (issue "review rounds"); null: it has done so as often as it may, or nothing can be sent back. */
export function sendBackBy(state: ExecutionState, review: StepState): EventBody | null {
  const { id: stepId, reviews: target, rounds } = review.definition;
  if (target === null || review.rounds >= rounds) return null;
  const steps = wayBack(state, review, target);
  if (steps === null) return null;
  const findings = review.result?.review?.findings ?? "";
  return { type: "review.returned", stepId, target, round: review.rounds + 1, findings, steps };
}

/** Why a review that finds faults and sends nothing back has failed. It follows from the review alone. */
export function rejectionBy({ definition, result, rounds }: StepState): Failure {
  const after =
    rounds === 0 ? "finds faults" : `still finds faults after ${rounds === 1 ? "1 round" : `${rounds} rounds`}`;
  const said = shortened(result?.review?.findings ?? "", SHOWN);
  return failure("review_rejected", `"${definition.title}" ${after}${said === "" ? "" : `: ${said}`}`);
}

/**
 * The target, what lies between it and the review and has run, and the review; in their order. What was left out stays so. Null: the
 * target does not come before the review, or was left out itself.
 */
function wayBack(state: ExecutionState, review: StepState, target: string): string[] | null {
  const start = state.indexOf.get(target);
  const before = ancestors(state, review);
  if (start === undefined || !before.has(start)) return null;
  const { phase } = stepAt(state, start);
  if (phase.kind === "ended" && !hasRun(stepAt(state, start))) return null;
  const after = new Set([start]);
  const steps: string[] = [];
  for (const index of state.topological) {
    if (!before.has(index)) continue;
    const step = stepAt(state, index);
    const dependsOnIt = step.definition.dependencies.some((id) => after.has(state.indexOf.get(id) ?? -1));
    if (index !== start && !dependsOnIt) continue;
    after.add(index);
    if (hasRun(step)) steps.push(step.definition.id);
  }
  return [...steps, review.definition.id];
}

function ancestors(state: ExecutionState, step: StepState): Set<number> {
  const found = new Set<number>();
  const open = [step];
  for (const { definition } of open) {
    for (const id of definition.dependencies) {
      const before = stepNamed(state, id);
      if (found.has(before.index)) continue;
      found.add(before.index);
      open.push(before);
    }
  }
  return found;
}

function hasRun({ phase }: StepState): boolean {
  return phase.kind === "ended" && (phase.status === "completed" || phase.status === "failed");
}

const SHOWN = 500;
