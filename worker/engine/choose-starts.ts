import type { EventBody } from "../../schemas/event.ts";
import { failure } from "../../schemas/failure.ts";
import { formatAmount, fromMicros, type Micros } from "../../schemas/money.ts";
import { agentHasRoom, budgetLeft, exceedsBudget, fitsBudget, limitOf, lockInTheWay, reservationOf } from "./room.ts";
import { decisionIdOf } from "./settle.ts";
import {
  readySteps,
  startOrder,
  stepAt,
  stepNamed,
  type ExecutionState,
  type StepState,
  type Surroundings,
} from "./state.ts";

/**
 * Fills the free places in start order. What does not fit the budget, its agent or its locks is passed over and keeps its turn.
 * A step that waits for a lock claims its other locks too: else two steps that take turns could keep it waiting for ever.
 */
export function chooseStarts(state: ExecutionState, t: number, around: Surroundings, events: EventBody[]): void {
  let places = state.plan.maxConcurrent - state.running.size;
  let reserved: Micros = 0;
  const load = new Map<string, number>();
  const taken = new Map<string, number>();
  for (const index of startable(state, t)) {
    const step = stepAt(state, index);
    const { id: stepId, agent, skip, locks } = step.definition;
    if (skip) {
      events.push({ type: "step.finished", stepId, status: "skipped", failure: null });
      continue;
    }
    if (places <= 0) break;
    if (exceedsBudget(state, step.definition)) {
      const event = beyondBudget(state, step);
      events.push(event);
      // A failure may end the execution: what comes next is decided when that is known.
      if (event.type === "decision.asked" || step.definition.onFailure === "fail-fast") break;
      continue;
    }
    if (!fitsBudget(state, reserved, step.definition)) continue;
    const isLocked = lockInTheWay(state, around, taken, step.definition) !== null;
    const isFree = !isLocked && agentHasRoom(state, around, load.get(agent) ?? 0, agent);
    if (isLocked || isFree) for (const lock of locks) taken.set(lock, (taken.get(lock) ?? 0) + 1);
    if (!isFree) continue;
    const event = start(state, step);
    events.push(event);
    places -= 1;
    reserved += event.reserved;
    load.set(agent, (load.get(agent) ?? 0) + 1);
  }
}

function start(state: ExecutionState, step: StepState): Extract<EventBody, { type: "attempt.started" }> {
  const { id: stepId, agent, simulated } = step.definition;
  const attempt = step.attempts + 1;
  return {
    type: "attempt.started",
    stepId,
    attemptId: `${state.executionId}/${stepId}/${attempt}`,
    attempt,
    agent,
    simulated,
    reserved: reservationOf(state, step.definition),
    idempotencyKey: `${state.executionId}/${stepId}`,
    missing: missingInputs(state, step),
  };
}

/** Titles of what failed before it and is tolerated. */
function missingInputs(state: ExecutionState, step: StepState): string[] {
  if (state.counts.failed === 0) return [];
  return step.definition.dependencies
    .map((id) => stepNamed(state, id))
    .filter(({ phase }) => phase.kind === "ended" && phase.status === "failed")
    .map(({ definition }) => definition.title);
}

/** Ready steps and those whose backoff is over, in start order. */
function startable(state: ExecutionState, t: number): Iterable<number> {
  if (state.waiting.size === 0) return readySteps(state);
  const due = [...state.waiting].filter((index) => {
    const { phase } = stepAt(state, index);
    return phase.kind === "waiting" && phase.due <= t;
  });
  return due.length === 0 ? readySteps(state) : [...state.ready, ...due].sort((a, b) => startOrder(state, a, b));
}

/** A step that can never fit by itself: a person is asked, or it ends. One that was tried already has failed, else it is skipped. */
function beyondBudget(state: ExecutionState, step: StepState): EventBody {
  const { id: stepId, title } = step.definition;
  const amount = (micros: Micros): string => formatAmount(fromMicros(micros), state.plan.currency);
  const left = (budgetLeft(state) ?? 0) + state.ledger.reserved;
  const needed = reservationOf(state, step.definition);
  if (state.plan.budget?.mode === "approve") {
    const room = left < 0 ? `is passed by ${amount(-left)}` : `has ${amount(left)} left`;
    return {
      type: "decision.asked",
      decisionId: decisionIdOf(state, state.asked + 1),
      stepId,
      title,
      kind: "budget",
      message: `"${title}" is expected to cost ${amount(needed)}, and the limit of ${amount(limitOf(state) ?? 0)} ${room}`,
      choices: ["allow", "skip", "abort"],
      amount: needed - left,
      limit: null,
    };
  }
  const limit = "the budget's limit would be passed";
  if (step.attempts === 0) {
    const reason = failure("budget_exceeded", `not started: ${limit}`);
    return { type: "step.finished", stepId, status: "skipped", failure: reason };
  }
  const last = step.past.at(-1)?.failure?.message;
  const before = last === undefined ? "" : `; the attempt before: ${last}`;
  const reason = failure("budget_exceeded", `not tried again: ${limit}${before}`);
  return { type: "step.finished", stepId, status: "failed", failure: reason };
}
