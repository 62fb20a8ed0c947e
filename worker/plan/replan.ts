import type { StepStatus } from "../../schemas/execution.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { RevisedStep, Revision } from "../../schemas/revision.ts";
import { stepChanges } from "./step-changes.ts";

/** What an execution has reached, by step id. */
export type Reached = ReadonlyMap<string, { readonly status: StepStatus }>;

/**
 * What becomes of each step when an execution goes on with another plan (catalogue A7). A step is the same by its id. It is stale
 * when what it runs changed, or when it has started and now builds on something that it has not seen. Pure; linear in the steps and
 * their dependencies.
 */
export function planRevision(before: Plan, after: Plan, reached: Reached): Omit<Revision, "executionId"> {
  const old = new Map(before.steps.map((step) => [step.id, step]));
  const present = new Set(after.steps.map(({ id }) => id));
  const settled = new Map<string, Settled>(after.settled.map(({ id, state }) => [id, state]));
  for (const { parent } of after.steps) if (parent !== null && !present.has(parent)) settled.set(parent, "parts");
  const changes = new Map<string, string>();
  for (const step of after.steps) {
    const earlier = old.get(step.id);
    const change = earlier && changeOf(earlier, step, { before, after, reached });
    if (change) changes.set(step.id, change);
  }
  const stale = new Spread({ before: old, after: after.steps, reached }).from(changes);
  const steps = [
    ...after.steps.map((step) => revised(step, old.has(step.id), stale.get(step.id) ?? null, reached)),
    ...before.steps
      .filter(({ id }) => !present.has(id))
      .map((step) => gone(step, settled.get(step.id) ?? null, reached)),
  ];
  const count = (status: RevisedStep["status"]): number => steps.filter((step) => step.status === status).length;
  return {
    planId: after.planId,
    steps,
    counts: { kept: count("kept"), stale: count("stale"), new: count("new"), removed: count("removed") },
  };
}

function revised(step: PlanStep, isOld: boolean, stale: string | null, reached: Reached): RevisedStep {
  const state = reached.get(step.id)?.status ?? null;
  const about = { stepId: step.id, title: step.title, state };
  if (!isOld) return { ...about, status: "new", reason: "it was not in the plan" };
  if (stale !== null) return { ...about, status: "stale", reason: stale };
  return { ...about, status: "kept", reason: keptReason(state) };
}

function keptReason(state: StepStatus | null): string {
  switch (state) {
    case "completed":
      return "it is done, and nothing that it builds on changed";
    case "running":
      return "it is running, and nothing that it builds on changed";
    case "failed":
    case "skipped":
    case "cancelled":
      return `it is ${state}, and nothing that it builds on changed`;
    default:
      return "nothing of it changed";
  }
}

/** How a step that is gone still stands in the spec: with its box set, or with parts that run in its place. */
type Settled = "done" | "skipped" | "parts";

const GONE: Readonly<Record<Settled, string>> = {
  done: "its box is ticked",
  skipped: "its box says that it is skipped",
  parts: "it has parts now, which run in its place",
};

/** A step that the new plan does not have. */
function gone({ id, title }: PlanStep, settled: Settled | null, reached: Reached): RevisedStep {
  const state = reached.get(id)?.status ?? null;
  const about = { stepId: id, title, state };
  if (settled === "done" && state === "completed") {
    return { ...about, status: "kept", reason: "it is done, and its box is ticked" };
  }
  const reason = settled === null ? "it is no longer in the spec" : GONE[settled];
  return { ...about, status: "removed", reason };
}

/** Why what a step runs is not the same any more; null when it is. */
function changeOf(
  earlier: PlanStep,
  step: PlanStep,
  { before, after, reached }: { before: Plan; after: Plan; reached: Reached },
): string | null {
  // Skipping what is done already takes nothing back.
  if (step.decision === "skip" && reached.get(step.id)?.status === "completed") return null;
  const changes = stepChanges({ plan: before, step: earlier }, { plan: after, step });
  return changes.length === 0 ? null : changes.join(", ");
}

/** Carries staleness from steps that changed to the steps that have started after them. */
class Spread {
  readonly #before: ReadonlyMap<string, PlanStep>;
  readonly #after: readonly PlanStep[];
  readonly #reached: Reached;
  readonly #byId: ReadonlyMap<string, PlanStep>;
  readonly #dependents = new Map<string, PlanStep[]>();
  /** Reasons by step id. */
  readonly #stale = new Map<string, string>();
  /** Steps that others must not have built on: stale, new, or standing for such. A breadth-first queue that only grows. */
  readonly #fresh = new Set<string>();

  constructor(input: { before: ReadonlyMap<string, PlanStep>; after: readonly PlanStep[]; reached: Reached }) {
    this.#before = input.before;
    this.#after = input.after;
    this.#reached = input.reached;
    this.#byId = new Map(input.after.map((step) => [step.id, step]));
    for (const step of input.after) {
      for (const dependency of step.dependencies) {
        const dependents = this.#dependents.get(dependency);
        if (dependents) dependents.push(step);
        else this.#dependents.set(dependency, [step]);
      }
    }
  }

  from(changes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    for (const step of this.#after) {
      const change = changes.get(step.id);
      if (change !== undefined) this.#makeStale(step.id, change);
      else if (!this.#before.has(step.id) && !standsForOthers(step)) this.#fresh.add(step.id);
    }
    for (const step of this.#after) this.#lookBack(step);
    for (const id of this.#fresh) {
      const fresh = this.#byId.get(id);
      if (fresh) for (const dependent of this.#dependents.get(id) ?? []) this.#touch(dependent, fresh);
    }
    return this.#stale;
  }

  /** Finds a dependency that is added and not over: a step that has started has not seen it. */
  #lookBack(step: PlanStep): void {
    const earlier = new Set(this.#before.get(step.id)?.dependencies);
    for (const id of step.dependencies) {
      const dependency = this.#byId.get(id);
      if (!dependency || earlier.has(id) || !this.#before.has(id) || this.#isOver(id)) continue;
      this.#touch(step, dependency, `"${dependency.title}", which it depends on now, is not done`);
    }
  }

  /** `dependent` depends on something fresh. */
  #touch(dependent: PlanStep, fresh: PlanStep, reason = this.#reasonOf(fresh)): void {
    if (this.#fresh.has(dependent.id) || dependent.decision === "skip") return;
    if (!this.#before.has(dependent.id)) this.#fresh.add(dependent.id);
    else if (this.#hasStarted(dependent.id)) this.#makeStale(dependent.id, reason);
  }

  #reasonOf({ id, title }: PlanStep): string {
    if (!this.#before.has(id)) return `"${title}", which it depends on now, is new`;
    return this.#hasStarted(id)
      ? `"${title}", which it depends on, runs again`
      : `"${title}", which it depends on, changed`;
  }

  #makeStale(id: string, reason: string): void {
    this.#stale.set(id, reason);
    this.#fresh.add(id);
  }

  #hasStarted(id: string): boolean {
    const status = this.#reached.get(id)?.status ?? "pending";
    return status !== "pending" && status !== "ready";
  }

  #isOver(id: string): boolean {
    const status = this.#reached.get(id)?.status;
    return status === "completed" || status === "skipped";
  }
}

/** A step that runs nothing and only gathers others: what comes after it builds on those. */
function standsForOthers({ parameters: { command }, check, outputs }: PlanStep): boolean {
  return command?.kind === "shell" && command.script === ":" && check === null && outputs.length === 0;
}
