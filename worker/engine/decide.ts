import type { EventBody } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import type { Micros } from "../../schemas/money.ts";
import { retryDelay } from "./retry.ts";
import { stopReason } from "./stop-reason.ts";
import {
  agentHasRoom,
  fitsBudget,
  reservationOf,
  startOrder,
  stepAt,
  type ExecutionState,
  type StepState,
} from "./state.ts";

/**
 * What must happen now, as events to store, fold and then perform, in this order. Empty: nothing, until something else happens or
 * `nextWake` is reached. Call again after folding: one answer may make the next one possible. `t` is the execution's clock in ms.
 */
export function decide(state: ExecutionState, t: number): EventBody[] {
  if (state.finished) return [];
  const events: EventBody[] = [];
  for (const index of state.settling) events.push(settle(state, stepAt(state, index), t));
  if (events.length > 0) return events;
  const reason = stopReason(state);
  if (reason) return windDown(state, reason);
  for (const [index, culprit] of state.doomed)
    events.push(skipForDependency(stepAt(state, index), stepAt(state, culprit)));
  for (const index of state.running) stopIfLate(stepAt(state, index), t, events);
  chooseStarts(state, t, events);
  return events.length > 0 ? events : finishIfOver(state);
}

/**
 * The next moment after `t` on the execution's clock at which `decide` may have something to say without a new event; null: none.
 * What is already due and still waits, waits for something else than time.
 */
export function nextWake(state: ExecutionState, t: number): number | null {
  let wake: number | null = null;
  const consider = (at: number): void => {
    if (at > t && (wake === null || at < wake)) wake = at;
  };
  if (state.finished) return null;
  for (const index of state.waiting) {
    const { phase } = stepAt(state, index);
    if (phase.kind === "waiting") consider(phase.due);
  }
  for (const index of state.running) {
    const { phase } = stepAt(state, index);
    if (phase.kind === "running" && phase.live.deadline !== null && phase.live.stopping === null)
      consider(phase.live.deadline);
  }
  return wake;
}

/** An attempt is over: the step ends, or waits for its next attempt. */
function settle(state: ExecutionState, step: StepState, t: number): EventBody {
  const stepId = step.definition.id;
  if (step.phase.kind !== "settling") throw new Error(`step ${stepId} is not settling`);
  const { outcome, failure: reason } = step.phase;
  if (outcome === "succeeded") return { type: "step.finished", stepId, status: "completed", failure: null };
  if (outcome === "cancelled") return { type: "step.finished", stepId, status: "cancelled", failure: reason };
  const { retry } = step.definition;
  if (reason && !stopReason(state) && step.attempts < retry.maxAttempts && retry.retryOn.includes(reason.code)) {
    const delay = retryDelay(retry, step.attempts);
    return { type: "retry.scheduled", stepId, attempt: step.attempts + 1, due: t + delay, delay, code: reason.code };
  }
  return { type: "step.finished", stepId, status: "failed", failure: reason };
}

/** Nothing starts any more: running attempts are stopped, all others end, and then the execution ends. */
function windDown(state: ExecutionState, why: Failure): EventBody[] {
  const events: EventBody[] = [];
  const reason = state.cancel ? "cancel" : "fail-fast";
  for (const step of state.steps) {
    if (step.phase.kind === "ended") continue;
    if (step.phase.kind !== "running") {
      events.push({ type: "step.finished", stepId: step.definition.id, status: "cancelled", failure: why });
    } else if (step.phase.live.stopping === null) {
      const { attemptId, attempt } = step.phase.live;
      events.push({ type: "attempt.stopping", stepId: step.definition.id, attemptId, attempt, reason });
    }
  }
  return events.length > 0 || state.running.size > 0 ? events : finishIfOver(state);
}

function skipForDependency(step: StepState, culprit: StepState): EventBody {
  const how = culprit.phase.kind === "ended" ? culprit.phase.status : "stopped";
  const message = `not run: "${culprit.definition.title}", which it depends on, ${how === "failed" ? "failed" : `was ${how}`}`;
  return {
    type: "step.finished",
    stepId: step.definition.id,
    status: "skipped",
    failure: failure("dependency_failed", message),
  };
}

function stopIfLate(step: StepState, t: number, events: EventBody[]): void {
  if (step.phase.kind !== "running") return;
  const { attemptId, attempt, deadline, stopping } = step.phase.live;
  if (deadline === null || deadline > t || stopping !== null) return;
  events.push({ type: "attempt.stopping", stepId: step.definition.id, attemptId, attempt, reason: "timeout" });
}

/** Fills the free places in start order. What does not fit the budget or its agent is passed over and keeps its turn. */
function chooseStarts(state: ExecutionState, t: number, events: EventBody[]): void {
  let places = state.plan.maxConcurrent - state.running.size;
  let reserved: Micros = 0;
  const load = new Map<string, number>();
  for (const index of startable(state, t)) {
    const step = stepAt(state, index);
    const { id, agent, skip, simulated } = step.definition;
    if (skip) {
      events.push({ type: "step.finished", stepId: id, status: "skipped", failure: null });
      continue;
    }
    if (places <= 0) break;
    if (!fitsBudget(state, reserved, step.definition) || !agentHasRoom(state, load.get(agent) ?? 0, agent)) continue;
    const attempt = step.attempts + 1;
    const reserve = reservationOf(state, step.definition);
    events.push({
      type: "attempt.started",
      stepId: id,
      attemptId: `${state.executionId}/${id}/${attempt}`,
      attempt,
      agent,
      simulated,
      reserved: reserve,
      idempotencyKey: `${state.executionId}/${id}`,
    });
    places -= 1;
    reserved += reserve;
    load.set(agent, (load.get(agent) ?? 0) + 1);
  }
}

/** Ready steps and those whose backoff is over, in start order. */
function startable(state: ExecutionState, t: number): readonly number[] {
  if (state.waiting.size === 0) return state.ready;
  const due = [...state.waiting].filter((index) => {
    const { phase } = stepAt(state, index);
    return phase.kind === "waiting" && phase.due <= t;
  });
  return due.length === 0 ? state.ready : [...state.ready, ...due].sort((a, b) => startOrder(state, a, b));
}

/**
 * Ends the execution when nothing can happen any more. First it ends what does not fit the budget although nothing runs: only the
 * end of an attempt gives money back, so what is left will never be more than now.
 */
function finishIfOver(state: ExecutionState): EventBody[] {
  if (state.running.size > 0) return [];
  const { counts } = state;
  const ended = counts.completed + counts.failed + counts.skipped + counts.cancelled;
  if (ended === state.steps.length) return [{ type: "execution.finished", ...verdict(state) }];
  const stuck = [...state.ready, ...state.waiting].filter(
    (index) => !fitsBudget(state, 0, stepAt(state, index).definition),
  );
  return stuck.map((index) => endForBudget(stepAt(state, index)));
}

/** A step that was tried already has failed; one that never started is skipped. */
function endForBudget(step: StepState): EventBody {
  const stepId = step.definition.id;
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

/** How the execution ends. The budget is named before other failures: the person has to do something else about it. */
function verdict(state: ExecutionState): { status: "completed" | "failed" | "cancelled"; failure: Failure | null } {
  if (state.cancel) return { status: "cancelled", failure: stopReason(state) };
  const failed: { title: string; reason: Failure }[] = [];
  const unpaid: string[] = [];
  for (const { phase, definition } of state.steps) {
    if (phase.kind !== "ended" || phase.failure === null) continue;
    if (phase.failure.code === "budget_exceeded") unpaid.push(definition.title);
    else if (phase.status === "failed") failed.push({ title: definition.title, reason: phase.failure });
  }
  if (unpaid.length > 0) {
    return { status: "failed", failure: failure("budget_exceeded", `the budget's limit stopped ${listed(unpaid)}`) };
  }
  const [first] = failed;
  if (!first) return { status: "completed", failure: null };
  const names = listed(failed.map(({ title }) => title));
  return { status: "failed", failure: { ...first.reason, message: `${names} failed: ${first.reason.message}` } };
}

function listed(titles: readonly string[]): string {
  const shown = titles
    .slice(0, 3)
    .map((title) => `"${title}"`)
    .join(", ");
  return titles.length > 3 ? `${shown} and ${titles.length - 3} more` : shown;
}
