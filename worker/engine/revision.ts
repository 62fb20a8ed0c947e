import type { EnginePlan, EngineStep, EventBody } from "../../schemas/event.ts";
import { stepAt, type ExecutionState } from "./state.ts";

/** Another plan for an execution to go on with. */
export interface Revision {
  /** Hash of the plan that it was worked out against; null: whatever is in force. */
  readonly over: string | null;
  readonly planId: string;
  readonly planHash: string;
  readonly title: string;
  readonly plan: EnginePlan;
  /** Steps of the new plan whose results no longer count. */
  readonly stale: readonly string[];
}

/**
 * Steps that the new plan no longer has stay when they have a history: what runs is stopped and then left out, what has completed
 * or failed stays as it is, and nothing of them starts again. Questions that no longer arise are withdrawn.
 */
export function reviseWith(
  state: ExecutionState,
  { planId, planHash, title, plan, stale }: Revision,
  by: string,
  answered: string | null = null,
): EventBody[] {
  const present = new Set(plan.steps.map(({ id }) => id));
  const gone = state.steps.filter(({ definition, attempts }) => attempts > 0 && !present.has(definition.id));
  const kept = gone.map(({ definition, phase }): EngineStep => ({
    ...definition,
    dependencies: [],
    skip:
      phase.kind === "ended" && (phase.status === "completed" || phase.status === "failed") ? definition.skip : true,
    // Its failure is no longer one of the plan.
    onFailure: phase.kind === "ended" ? "tolerate" : "continue",
  }));
  const isOutdated = withBuiltOn(state, plan, stale);
  for (const { definition, phase } of gone) if (phase.kind !== "ended") isOutdated.add(definition.id);
  const withdrawn = [...state.decisions.values()]
    .filter(({ decisionId }) => decisionId !== answered)
    .filter(({ kind, stepId }) => kind === "budget" || isOutdated.has(stepId) || !present.has(stepId))
    .map(({ decisionId, stepId }): EventBody => ({ type: "decision.withdrawn", decisionId, stepId }));
  const whole = { ...plan, steps: [...plan.steps, ...kept] };
  return [...withdrawn, { type: "plan.revised", planId, planHash, title, plan: whole, stale: [...isOutdated], by }];
}

/** What has started on top of something stale is stale too: steps may have started since the revision was worked out. */
function withBuiltOn(state: ExecutionState, plan: EnginePlan, stale: readonly string[]): Set<string> {
  const outdated = new Set(stale);
  if (outdated.size === 0) return outdated;
  const dependents = new Map<string, string[]>();
  for (const { id, dependencies } of plan.steps) {
    if (!hasStarted(state, id)) continue;
    for (const dependency of dependencies) {
      const list = dependents.get(dependency);
      if (list) list.push(id);
      else dependents.set(dependency, [id]);
    }
  }
  for (const id of outdated) for (const dependent of dependents.get(id) ?? []) outdated.add(dependent);
  return outdated;
}

function hasStarted(state: ExecutionState, stepId: string): boolean {
  const index = state.indexOf.get(stepId);
  if (index === undefined) return false;
  const { phase, attempts } = stepAt(state, index);
  const isUnrun = phase.kind === "ended" && (phase.status === "skipped" || phase.status === "cancelled");
  return attempts > 0 && !isUnrun && phase.kind !== "pending" && phase.kind !== "ready";
}
