import type { CostEntry, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import { createState } from "./create.ts";
import { startOrder, stepAt, type ExecutionState, type StepState } from "./state.ts";

/**
 * Applies one event. The first event of an execution creates its state, every other one changes it in place and returns it.
 * Throws when the event cannot belong to this state: journals are ours, so that is a bug or damage and never normal input.
 */
export function fold(state: ExecutionState | null, event: ExecutionEvent): ExecutionState {
  if (event.type === "execution.created") {
    if (state) throw new Error(`execution ${event.executionId} is created twice`);
    return createState(event);
  }
  if (!state) throw new Error(`execution ${event.executionId} has an event before it is created`);
  if (event.seq !== state.seq + 1)
    throw new Error(`event ${event.seq} follows ${state.seq} in execution ${event.executionId}`);
  state.seq = event.seq;
  state.t = event.t;
  switch (event.type) {
    case "attempt.started":
      startAttempt(state, event);
      break;
    case "attempt.stopping":
      stopAttempt(state, event);
      break;
    case "attempt.finished":
      finishAttempt(state, event);
      break;
    case "retry.scheduled":
      scheduleRetry(state, event);
      break;
    case "step.finished":
      finishStep(state, event);
      break;
    case "cancel.requested":
      state.cancel = { by: state.cancel?.by ?? event.by, force: event.force || (state.cancel?.force ?? false) };
      break;
    case "execution.interrupted":
      interrupt(state, event.message);
      break;
    case "execution.finished":
      state.finished = { status: event.status, failure: event.failure, at: event.at };
      break;
    case "attempt.fenced":
      break;
    default:
      event satisfies never;
  }
  return state;
}

/** Folds a whole journal; null when it is empty. */
export function foldAll(events: Iterable<ExecutionEvent>): ExecutionState | null {
  let state: ExecutionState | null = null;
  for (const event of events) state = fold(state, event);
  return state;
}

function startAttempt(state: ExecutionState, event: EventOf<"attempt.started">): void {
  const step = stepNamed(state, event.stepId);
  leave(state, step);
  const { timeout } = step.definition;
  step.attempts = event.attempt;
  step.phase = {
    kind: "running",
    live: {
      attemptId: event.attemptId,
      attempt: event.attempt,
      startedAt: event.at,
      started: event.t,
      deadline: timeout === null ? null : event.t + timeout,
      reserved: event.reserved,
      stopping: null,
    },
  };
  state.running.add(step.index);
  state.ledger.reserved += event.reserved;
  state.agentLoad.set(event.agent, (state.agentLoad.get(event.agent) ?? 0) + 1);
}

function stopAttempt(state: ExecutionState, event: EventOf<"attempt.stopping">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind === "running") step.phase.live.stopping = event.reason;
}

function finishAttempt(state: ExecutionState, event: EventOf<"attempt.finished">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind !== "running" || step.phase.live.attemptId !== event.attemptId) {
    throw new Error(`attempt ${event.attemptId} is finished and does not run`);
  }
  const { live } = step.phase;
  state.ledger.reserved -= live.reserved;
  if (step.definition.simulated) step.spent += knownSum(event.costs, state.plan.currency);
  else book(state, step, event.costs, live.reserved);
  step.past.push({
    attempt: event.attempt,
    outcome: event.outcome,
    startedAt: live.startedAt,
    duration: event.duration,
    end: event.result?.end ?? null,
    failure: event.failure,
  });
  step.result = event.result;
  step.artifacts = event.artifacts;
  leave(state, step);
  step.phase = { kind: "settling", outcome: event.outcome, failure: event.failure };
  state.settling.add(step.index);
}

/**
 * Settles a reservation once: known amounts are spent, an unknown amount keeps the reservation. An amount in another currency than
 * the plan's cannot be added up and counts as unknown.
 */
function book(state: ExecutionState, step: StepState, costs: readonly CostEntry[], reserved: number): void {
  const { ledger } = state;
  const { currency } = state.plan;
  const known = knownSum(costs, currency);
  let unknown = 0;
  for (const cost of costs) {
    if (!isKnown(cost, currency)) {
      unknown += 1;
      ledger.certainty = "unknown";
      continue;
    }
    ledger.certainty = lessSure(ledger.certainty, cost.certainty);
    ledger.byService.set(cost.service, (ledger.byService.get(cost.service) ?? 0) + (cost.amount ?? 0));
  }
  ledger.spent += known;
  ledger.unknown += unknown;
  ledger.overrun += Math.max(0, known - reserved);
  if (unknown > 0) ledger.held += Math.max(0, reserved - known);
  step.spent += known;
  step.unknownCosts += unknown;
}

function knownSum(costs: readonly CostEntry[], currency: string): Micros {
  return costs.reduce((sum, cost) => sum + (isKnown(cost, currency) ? (cost.amount ?? 0) : 0), 0);
}

function isKnown(cost: CostEntry, currency: string): boolean {
  return cost.amount !== null && cost.currency === currency;
}

const SURENESS = ["unknown", "estimated", "measured", "billed"] as const;

function lessSure(a: (typeof SURENESS)[number] | null, b: (typeof SURENESS)[number]): (typeof SURENESS)[number] {
  return a !== null && SURENESS.indexOf(a) < SURENESS.indexOf(b) ? a : b;
}

function scheduleRetry(state: ExecutionState, event: EventOf<"retry.scheduled">): void {
  const step = stepNamed(state, event.stepId);
  leave(state, step);
  step.phase = { kind: "waiting", due: event.due };
  state.waiting.add(step.index);
}

function finishStep(state: ExecutionState, event: EventOf<"step.finished">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind === "ended") throw new Error(`step ${event.stepId} ends twice`);
  leave(state, step);
  step.phase = { kind: "ended", status: event.status, failure: event.failure };
  step.endedAt = event.at;
  state.counts[event.status] += 1;
  const waived = event.status === "skipped" && event.failure === null;
  if (event.status === "completed" || waived) {
    for (const dependent of step.dependents) meetDependency(state, stepAt(state, dependent));
    return;
  }
  for (const dependent of step.dependents) {
    if (stepAt(state, dependent).phase.kind === "pending" && !state.doomed.has(dependent))
      state.doomed.set(dependent, step.index);
  }
  if (event.status === "failed" && step.definition.onFailure === "fail-fast" && !state.failFast) {
    state.failFast = { stepId: event.stepId };
  }
}

function meetDependency(state: ExecutionState, step: StepState): void {
  step.unmet -= 1;
  if (step.unmet === 0 && step.phase.kind === "pending") makeReady(state, step);
}

/** Inserts into the sorted list of startable steps. */
function makeReady(state: ExecutionState, step: StepState): void {
  step.phase = { kind: "ready" };
  let low = 0;
  let high = state.ready.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOrder(state, state.ready[middle] ?? 0, step.index) < 0) low = middle + 1;
    else high = middle;
  }
  state.ready.splice(low, 0, step.index);
}

/** Takes a step out of the index of its present phase; the caller gives it the next one. */
function leave(state: ExecutionState, step: StepState): void {
  switch (step.phase.kind) {
    case "ready":
      removeReady(state, step.index);
      break;
    case "running":
      state.running.delete(step.index);
      state.agentLoad.set(step.definition.agent, (state.agentLoad.get(step.definition.agent) ?? 1) - 1);
      break;
    case "settling":
      state.settling.delete(step.index);
      break;
    case "waiting":
      state.waiting.delete(step.index);
      break;
    case "pending":
      state.doomed.delete(step.index);
      break;
    case "ended":
      throw new Error(`step ${step.definition.id} has ended`);
    default:
      step.phase satisfies never;
  }
}

function removeReady(state: ExecutionState, index: number): void {
  const at = state.ready[0] === index ? 0 : state.ready.indexOf(index);
  state.ready.splice(at, 1);
}

/** The attempts of the dead worker are over; how they ended is not known. */
function interrupt(state: ExecutionState, message: string): void {
  state.interrupted = message;
  for (const index of [...state.running]) {
    const step = stepAt(state, index);
    if (step.phase.kind !== "running") continue;
    const { live } = step.phase;
    state.ledger.reserved -= live.reserved;
    state.ledger.held += live.reserved;
    step.past.push({
      attempt: live.attempt,
      outcome: "interrupted",
      startedAt: live.startedAt,
      duration: null,
      end: null,
      failure: null,
    });
    leave(state, step);
    makeReady(state, step);
  }
}

function stepNamed(state: ExecutionState, id: string): StepState {
  const index = state.indexOf.get(id);
  if (index === undefined) throw new Error(`execution ${state.executionId} has no step ${id}`);
  return stepAt(state, index);
}
