import type { ExecutionEvent, NamedOutput } from "../../schemas/event.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { StepResult } from "../agents/adapter.ts";
import type { ExecutionState } from "../engine/state.ts";

/** The named outputs of an execution's steps, for the steps that depend on them (catalogue D8). */
export class StepOutputs {
  readonly #outputs = new Map<string, readonly NamedOutput[]>();

  /** Told of every event, in order. */
  take(event: ExecutionEvent): void {
    if (event.type === "attempt.finished" && event.outcome === "succeeded")
      this.#keep(event.stepId, event.result?.outputs);
    else if (event.type === "steps.reopened" || event.type === "review.returned")
      for (const id of event.steps) this.#outputs.delete(id);
  }

  /** What an execution has reached that this worker takes up. */
  recall({ steps }: ExecutionState): void {
    for (const { definition, phase, result } of steps)
      if (phase.kind === "ended" && phase.status === "completed") this.#keep(definition.id, result?.outputs);
  }

  /** Of all steps that a step depends on, over any number of others, in the order of the plan. */
  before(step: PlanStep, { steps }: Plan): StepResult[] {
    if (this.#outputs.size === 0) return [];
    const byId = new Map(steps.map((one) => [one.id, one]));
    const before = new Set<string>();
    const open = [...step.dependencies];
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      if (before.has(id)) continue;
      before.add(id);
      open.push(...(byId.get(id)?.dependencies ?? []));
    }
    return steps.flatMap(({ id, title }) => {
      const outputs = before.has(id) ? this.#outputs.get(id) : undefined;
      return outputs ? [{ stepId: id, title, outputs }] : [];
    });
  }

  #keep(stepId: string, outputs: readonly NamedOutput[] | undefined): void {
    if (outputs && outputs.length > 0) this.#outputs.set(stepId, outputs);
    else this.#outputs.delete(stepId);
  }
}
