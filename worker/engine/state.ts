import type { Artifact, AttemptResult, CommandEnd, EnginePlan, EngineStep, StopReason } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { CostCertainty, Micros } from "../../schemas/money.ts";

/** A live attempt: it holds a place, its agent and its reservation until it is finished. */
export interface LiveAttempt {
  readonly attemptId: string;
  readonly attempt: number;
  readonly startedAt: string;
  /** On the execution's clock. */
  readonly started: number;
  readonly deadline: number | null;
  readonly reserved: Micros;
  stopping: StopReason | null;
}

/** Where a step stands. `settling`: its attempt is over and `decide` has not yet said what follows. */
export type StepPhase =
  | { readonly kind: "pending" }
  | { readonly kind: "ready" }
  | { readonly kind: "running"; readonly live: LiveAttempt }
  | {
      readonly kind: "settling";
      readonly outcome: "succeeded" | "failed" | "cancelled";
      readonly failure: Failure | null;
    }
  | { readonly kind: "waiting"; readonly due: number }
  | { readonly kind: "ended"; readonly status: EndStatus; readonly failure: Failure | null };

export type EndStatus = "completed" | "failed" | "skipped" | "cancelled";

/** What an ended attempt left behind, for views and reports. */
export interface PastAttempt {
  readonly attempt: number;
  readonly outcome: "succeeded" | "failed" | "cancelled" | "interrupted";
  readonly startedAt: string;
  readonly duration: number | null;
  readonly end: CommandEnd | null;
  readonly failure: Failure | null;
}

export interface StepState {
  readonly index: number;
  readonly definition: EngineStep;
  /** Indices of the steps that wait for this one. */
  readonly dependents: readonly number[];
  phase: StepPhase;
  /** Dependencies that have neither succeeded nor been waived. */
  unmet: number;
  /** Attempts started so far. */
  attempts: number;
  /** Sum of the known costs of all attempts; `unknownCosts` counts the others. */
  spent: Micros;
  unknownCosts: number;
  past: PastAttempt[];
  /** Of the last attempt that ended. */
  result: AttemptResult | null;
  artifacts: readonly Artifact[];
  endedAt: string | null;
}

/** The budget ledger of one execution; simulated steps never enter it. At every reservation spent + held + reserved + new <= limit (semantics, Budget). */
export interface Ledger {
  spent: Micros;
  reserved: Micros;
  /** Reservations of ended attempts whose cost is unknown: unknown is not zero, so the money stays held. */
  held: Micros;
  /** Booked above the reservation. */
  overrun: Micros;
  unknown: number;
  byService: Map<string, Micros>;
  /** The least sure of all entries. */
  certainty: CostCertainty | null;
}

/** The state of one execution: the fold of its events. Only `fold` changes it; copies are made at the edges. */
export interface ExecutionState {
  readonly executionId: string;
  readonly planId: string;
  readonly planHash: string;
  readonly title: string;
  readonly plan: EnginePlan;
  readonly startedAt: string;
  readonly steps: readonly StepState[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Indices so that every step stands after its dependencies. */
  readonly topological: readonly number[];
  /** Startable steps in `startOrder`. */
  readonly ready: number[];
  readonly running: Set<number>;
  readonly settling: Set<number>;
  readonly waiting: Set<number>;
  /** Pending steps with a dependency that ended without success, with that dependency. */
  readonly doomed: Map<number, number>;
  readonly agentLoad: Map<string, number>;
  readonly ledger: Ledger;
  /** Steps that have ended, by how. */
  readonly counts: Record<EndStatus, number>;
  cancel: { readonly by: string; force: boolean } | null;
  /** Set when a step with the policy fail-fast failed. */
  failFast: { readonly stepId: string } | null;
  interrupted: string | null;
  finished: {
    readonly status: "completed" | "failed" | "cancelled";
    readonly failure: Failure | null;
    readonly at: string;
  } | null;
  seq: number;
  /** The execution's clock at the last event. */
  t: number;
}

/** What an attempt of this step sets aside before it starts. Simulated steps cost nothing; an unknown estimate has no figure. */
export function reservationOf(state: ExecutionState, step: EngineStep): Micros {
  return step.simulated || !state.plan.budget ? 0 : (step.cost ?? 0);
}

/**
 * True when a step may start now as far as the budget is concerned. Once an overrun has passed the limit, nothing fits any more,
 * not even what costs nothing (semantics, Budget).
 */
export function fitsBudget(state: ExecutionState, extraReserved: Micros, step: EngineStep): boolean {
  const left = budgetLeft(state);
  return left === null || extraReserved + reservationOf(state, step) <= left;
}

/** What may still be reserved; negative after an overrun of the limit; null without a limit. */
export function budgetLeft(state: ExecutionState): Micros | null {
  const { spent, held, reserved } = state.ledger;
  return state.plan.budget && state.plan.budget.limit - spent - held - reserved;
}

/** True when the agent can take one more run. */
export function agentHasRoom(state: ExecutionState, extraLoad: number, agent: string): boolean {
  const limit = state.plan.agentLimits[agent];
  return limit === undefined || (state.agentLoad.get(agent) ?? 0) + extraLoad < limit;
}

/**
 * Order of starts: what is skipped needs no place and goes first, then higher priority, then plan order. Negative when `a` comes
 * first.
 */
export function startOrder(state: ExecutionState, a: number, b: number): number {
  const first = stepAt(state, a).definition;
  const second = stepAt(state, b).definition;
  return Number(second.skip) - Number(first.skip) || second.priority - first.priority || a - b;
}

/** The step of an index that is known to exist. */
export function stepAt(state: ExecutionState, index: number): StepState {
  const step = state.steps[index];
  if (!step) throw new RangeError(`no step with index ${index}`);
  return step;
}
