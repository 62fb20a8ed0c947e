import type { EventOf } from "../../schemas/event.ts";
import { startOrder, type ExecutionState, type StepState } from "./state.ts";

/** The state right after `execution.created`. Throws when the plan has a cycle or names unknown steps: such a plan is never approved. */
export function createState(event: EventOf<"execution.created">): ExecutionState {
  const { plan } = event;
  const indexOf = new Map(plan.steps.map((step, index) => [step.id, index]));
  const dependents: number[][] = plan.steps.map(() => []);
  const unmet = plan.steps.map((step, index) => {
    for (const dependency of step.dependencies) {
      const waiting = dependents[indexOf.get(dependency) ?? -1];
      if (!waiting) throw new Error(`step ${step.id} depends on ${dependency}, which is not in the plan`);
      waiting.push(index);
    }
    // A dependency that is named twice counts twice, and is met twice.
    return step.dependencies.length;
  });
  const steps = plan.steps.map((definition, index): StepState => {
    const free = unmet[index] === 0;
    return {
      index,
      definition,
      dependents: dependents[index] ?? [],
      phase: free ? { kind: "ready" } : { kind: "pending" },
      unmet: unmet[index] ?? 0,
      attempts: 0,
      spent: 0,
      unknownCosts: 0,
      past: [],
      result: null,
      artifacts: [],
      endedAt: null,
    };
  });
  const state: ExecutionState = {
    executionId: event.executionId,
    planId: event.planId,
    planHash: event.planHash,
    title: event.title,
    plan,
    startedAt: event.at,
    steps,
    indexOf,
    topological: topologicalOrder(steps),
    ready: steps.filter((step) => step.unmet === 0).map((step) => step.index),
    running: new Set(),
    settling: new Set(),
    waiting: new Set(),
    doomed: new Map(),
    agentLoad: new Map(),
    ledger: { spent: 0, reserved: 0, held: 0, overrun: 0, unknown: 0, byService: new Map(), certainty: null },
    counts: { completed: 0, failed: 0, skipped: 0, cancelled: 0 },
    cancel: null,
    failFast: null,
    interrupted: null,
    finished: null,
    seq: event.seq,
    t: event.t,
  };
  state.ready.sort((a, b) => startOrder(state, a, b));
  return state;
}

/** Kahn's algorithm; ties in plan order. */
function topologicalOrder(steps: readonly StepState[]): number[] {
  const open = steps.map((step) => step.unmet);
  const order = steps.filter((step) => step.unmet === 0).map((step) => step.index);
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
