import type { Artifact, AttemptResult, ExecutionEvent } from "../../schemas/event.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import type { ExecutionState } from "../engine/state.ts";
import type { StepResult } from "../agents/adapter.ts";
import { eventsOfTypes } from "../store/events.ts";
import type { EquipmentRequest } from "./workspace.ts";
import type { EarlierResult, ReviewedWork } from "../plan/prompt-situation.ts";

/** What the steps of an execution have left, for the agents of the steps behind them. */
export class EarlierWork {
  readonly #left = new Map<string, Left>();
  /** What each review has asked for, round by round. */
  readonly #asked = new Map<string, string[]>();
  /** The commits that the work which was sent back began with, at first. */
  readonly #since = new Map<string, string>();

  /** Told of every event, in order. */
  take(event: ExecutionEvent): void {
    if (event.type === "attempt.finished" && event.outcome === "succeeded" && event.result)
      this.#left.set(event.stepId, leftBy(event.result, event.artifacts));
    else if (event.type === "steps.reopened") this.#forget(event.steps);
    else if (event.type === "review.returned") {
      const { stepId, target, findings } = event;
      this.#asked.set(stepId, [...(this.#asked.get(stepId) ?? []), findings]);
      const base = this.#left.get(target)?.change?.base;
      if (base !== undefined && !this.#since.has(target)) this.#since.set(target, base);
      for (const id of event.steps) this.#left.delete(id);
    }
  }

  /** A person has everything done anew. */
  #forget(steps: readonly string[]): void {
    for (const id of steps) for (const known of [this.#left, this.#asked, this.#since]) known.delete(id);
  }

  /** What an execution has reached that this worker takes up. */
  recall({ steps }: ExecutionState): void {
    for (const { definition, phase, result, artifacts } of steps)
      if (phase.kind === "ended" && phase.status === "completed" && result)
        this.#left.set(definition.id, leftBy(result, artifacts));
  }

  /**
   * Of all steps that a step depends on, over any number of others, in the order of the plan. Named outputs are told of all of them, the
   * rest only of the last ones before it.
   */
  before(step: PlanStep, plan: Plan): EarlierResult[] {
    if (this.#left.size === 0) return [];
    const before = stepsBefore(step, plan);
    const found = plan.steps.flatMap((one) => {
      const left = before.has(one.id) && !one.simulated ? this.#left.get(one.id) : undefined;
      return left ? [resultOf(one, left)] : [];
    });
    const first = Math.max(0, found.length - STEPS_TOLD);
    return found.map((one, index) => (index < first ? { ...one, made: [], change: null, said: null } : one));
  }

  /** What a review looks at; null: it is no review, or that was done before the plan was made. */
  reviewed({ id: review, reviews }: PlanStep, { steps }: Plan): ReviewedWork | null {
    const target = steps.find(({ id }) => id === reviews);
    const left = target && !target.simulated ? this.#left.get(target.id) : undefined;
    if (!target || !left) return null;
    const { instructions, command } = target.parameters;
    const task = instructions === "" && command?.kind === "shell" ? command.script : instructions;
    return {
      ...resultOf(target, left),
      agent: target.agent ?? "nobody",
      instructions: task,
      check: left.check,
      said: left.tail.trim() === "" ? null : left.tail,
      asked: this.#asked.get(review) ?? [],
      since: this.#since.get(target.id) ?? null,
    };
  }
}

/** The named outputs among what steps have left (catalogue D8). */
export function namedOutputs(earlier: readonly EarlierResult[]): StepResult[] {
  return earlier.flatMap(({ stepId, title, outputs }) => (outputs.length > 0 ? [{ stepId, title, outputs }] : []));
}

/** What was done so far in an execution that a worker takes up. */
export function earlierWork({ database, executionId, state }: EquipmentRequest): EarlierWork {
  const work = new EarlierWork();
  if (state === null) return work;
  for (const event of eventsOfTypes(database, executionId, ["review.returned"])) work.take(event);
  work.recall(state);
  return work;
}

/** More would only be skimmed. */
const STEPS_TOLD = 10;

interface Left {
  readonly outputs: EarlierResult["outputs"];
  readonly made: readonly string[];
  readonly change: EarlierResult["change"];
  readonly tail: string;
  readonly check: AttemptResult["check"];
}

function leftBy({ outputs, change, tail, check }: AttemptResult, artifacts: readonly Artifact[]): Left {
  return { outputs: outputs ?? [], made: artifacts.map(({ path }) => path), change: change ?? null, tail, check };
}

/** What a command prints is for people; what an agent says at the end is its answer. */
function resultOf({ id, title, role }: PlanStep, { outputs, made, change, tail }: Left): EarlierResult {
  return { stepId: id, title, outputs, made, change, said: role === null || tail.trim() === "" ? null : tail };
}

function stepsBefore(step: PlanStep, { steps }: Plan): ReadonlySet<string> {
  const byId = new Map(steps.map((one) => [one.id, one]));
  const before = new Set<string>();
  const open = [...step.dependencies];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (before.has(id)) continue;
    before.add(id);
    open.push(...(byId.get(id)?.dependencies ?? []));
  }
  return before;
}
