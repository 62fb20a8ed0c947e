import type { EngineLimit } from "../../schemas/budget.ts";
import type { EventBody } from "../../schemas/event.ts";
import { failure } from "../../schemas/failure.ts";
import type { Micros } from "../../schemas/money.ts";
import {
  amountIn,
  concerns,
  leftAtBest,
  moneyFor,
  nameOf,
  reservationOf,
  SPEC_LIMIT,
  standingsOf,
  unapproved,
  type Standing,
} from "./limits.ts";
import { agentHasRoom, lockInTheWay } from "./room.ts";
import { decisionIdOf } from "./settle.ts";
import {
  agentOf,
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
  const standings = standingsOf(state, t, around);
  const load = new Map<string, number>();
  const taken = new Map<string, number>();
  for (const index of startable(state, t)) {
    const step = stepAt(state, index);
    const { id: stepId, skip, locks } = step.definition;
    const agent = agentOf(step);
    if (skip) {
      events.push({ type: "step.finished", stepId, status: "skipped", failure: null });
      continue;
    }
    if (places <= 0) break;
    const money = moneyFor(state, step, standings, t, around);
    if (money.kind === "beyond") {
      const event = beyondBudget(state, step, money.standing);
      events.push(event);
      // A failure may end the execution: what comes next is decided when that is known.
      if (event.type === "decision.asked" || step.definition.onFailure === "fail-fast") break;
      continue;
    }
    if (money.kind === "waits") continue;
    const isLocked = lockInTheWay(state, around, taken, step.definition) !== null;
    const isFree = !isLocked && agentHasRoom(state, around, load.get(agent) ?? 0, agent);
    if (isLocked || isFree) for (const lock of locks) taken.set(lock, (taken.get(lock) ?? 0) + 1);
    if (!isFree) continue;
    const silent = unapproved(state, step, standings);
    if (silent) {
      events.push(askForWord(state, step, silent));
      break;
    }
    const event = start(state, step);
    events.push(event);
    places -= 1;
    for (const standing of standings) if (concerns(state, standing.limit, step)) standing.reserved += event.reserved;
    load.set(agent, (load.get(agent) ?? 0) + 1);
  }
}

function start(state: ExecutionState, step: StepState): Extract<EventBody, { type: "attempt.started" }> {
  const { id: stepId, simulated } = step.definition;
  const attempt = step.attempts + 1;
  return {
    type: "attempt.started",
    stepId,
    attemptId: `${state.executionId}/${stepId}/${attempt}`,
    attempt,
    agent: agentOf(step),
    simulated,
    reserved: reservationOf(state, step),
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
function beyondBudget(state: ExecutionState, step: StepState, standing: Standing): EventBody {
  const { id: stepId, title } = step.definition;
  const { limit, of } = standing;
  if (limit.mode === "approve") {
    const left = leftAtBest(standing);
    const needed = reservationOf(state, step);
    const room = left < 0 ? `is passed by ${amountIn(state, -left)}` : `has ${amountIn(state, left)} left`;
    const whose = limit.key === SPEC_LIMIT ? "" : ` of ${limit.label}`;
    const message = `"${title}" is expected to cost ${amountIn(state, needed)}, and the limit of ${amountIn(state, of)}${whose} ${room}`;
    return asked(state, step, limit, message, needed - left);
  }
  const passed = `${nameOf(limit)} would be passed`;
  if (step.attempts === 0) {
    const reason = failure("budget_exceeded", `not started: ${passed}`);
    return { type: "step.finished", stepId, status: "skipped", failure: reason };
  }
  const last = step.past.at(-1)?.failure?.message;
  const before = last === undefined ? "" : `; the attempt before: ${last}`;
  const reason = failure("budget_exceeded", `not tried again: ${passed}${before}`);
  return { type: "step.finished", stepId, status: "failed", failure: reason };
}

function askForWord(state: ExecutionState, step: StepState, { limit, of, settled }: Standing): EventBody {
  const { title } = step.definition;
  const used = `${amountIn(state, settled)} of ${amountIn(state, of)} is spent`;
  const message = `"${title}" would be the first to spend money of ${limit.label}, which wants a person's word before anything starts: ${used}`;
  return asked(state, step, limit, message, null);
}

function asked(
  state: ExecutionState,
  step: StepState,
  limit: EngineLimit,
  message: string,
  amount: Micros | null,
): EventBody {
  return {
    type: "decision.asked",
    decisionId: decisionIdOf(state, state.asked + 1),
    stepId: step.definition.id,
    title: step.definition.title,
    kind: "budget",
    message,
    choices: ["allow", "skip", "abort"],
    amount,
    limit: limit.key,
    request: null,
    conflict: null,
  };
}
