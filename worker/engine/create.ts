import type { EnginePlan, EngineStep, EventOf } from "../../schemas/event.ts";
import { limitsOf } from "./limits.ts";
import { reindex } from "./reindex.ts";
import type { ExecutionState, StepState } from "./state.ts";
import { track } from "./usage.ts";

/** The state right after `execution.created`. Throws when the plan has a cycle or names unknown steps: such a plan is never approved. */
export function createState(event: EventOf<"execution.created">): ExecutionState {
  const state: ExecutionState = {
    executionId: event.executionId,
    planId: event.planId,
    planHash: event.planHash,
    title: event.title,
    writeBack: event.writeBack,
    startedAt: event.at,
    ...planPart(event.plan),
    ready: [],
    running: new Set(),
    settling: new Set(),
    waiting: new Set(),
    doomed: new Map(),
    agentLoad: new Map(),
    lockHolders: new Map(),
    ledger: {
      spent: 0,
      reserved: 0,
      held: 0,
      overrun: 0,
      unknown: 0,
      byService: new Map(),
      certainty: null,
      bookings: [],
      servicesOf: new Map(Object.entries(event.services ?? {}).map(([agent, named]) => [agent, new Set(named)])),
      tracks: new Map(),
      allowances: new Map(),
      levels: new Map(),
      movedAt: new Map(),
    },
    counts: { completed: 0, failed: 0, skipped: 0, cancelled: 0 },
    decisions: new Map(),
    answered: new Map(),
    asked: 0,
    sessions: new Map(),
    paused: null,
    cancel: null,
    failFast: null,
    aborted: null,
    expired: false,
    interrupted: null,
    finished: null,
    timeoutFrom: event.t,
    idleSince: null,
    seq: event.seq,
    t: event.t,
  };
  track(state.ledger, state.limits);
  reindex(state);
  return state;
}

/** What follows from a plan alone: its steps, none of them begun. */
export function planPart(
  plan: EnginePlan,
): Pick<ExecutionState, "plan" | "limits" | "steps" | "indexOf" | "topological"> {
  const indexOf = new Map(plan.steps.map((step, index) => [step.id, index]));
  const dependents: number[][] = plan.steps.map(() => []);
  plan.steps.forEach((step, index) => {
    for (const dependency of step.dependencies) {
      const waiting = dependents[indexOf.get(dependency) ?? -1];
      if (!waiting) throw new Error(`step ${step.id} depends on ${dependency}, which is not in the plan`);
      waiting.push(index);
    }
  });
  const steps = plan.steps.map((definition, index) => newStep(index, definition, dependents[index] ?? []));
  return { plan, limits: limitsOf(plan), steps, indexOf, topological: topologicalOrder(steps) };
}

function newStep(index: number, definition: EngineStep, dependents: readonly number[]): StepState {
  return {
    index,
    definition,
    dependents,
    phase: { kind: "pending" },
    unmet: 0,
    rank: 0,
    readyAt: 0,
    chain: 0,
    attempts: 0,
    tries: 0,
    interruptions: 0,
    quota: null,
    rounds: 0,
    findings: null,
    spent: 0,
    unknownCosts: 0,
    past: [],
    result: null,
    artifacts: [],
    endedAt: null,
  };
}

/** Kahn's algorithm; ties in plan order. */
function topologicalOrder(steps: readonly StepState[]): number[] {
  // A dependency that is named twice counts twice, and is met twice.
  const open = steps.map((step) => step.definition.dependencies.length);
  const order = steps.flatMap((step) => (step.definition.dependencies.length === 0 ? [step.index] : []));
  for (const index of order) {
    for (const dependent of steps[index]?.dependents ?? []) {
      const left = (open[dependent] ?? 0) - 1;
      open[dependent] = left;
      if (left === 0) order.push(dependent);
    }
  }
  if (order.length !== steps.length) throw new Error("the plan has a cycle");
  return order;
}
