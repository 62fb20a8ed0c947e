import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";
import { beginAsking, endAsking } from "./asking-time.ts";
import { createState } from "./create.ts";
import { book, bookReport, holdReservation } from "./ledger.ts";
import { noteMove, SPEC_LIMIT } from "./limits.ts";
import { doom, occupy, queueUp, vacate } from "./reindex.ts";
import { askerOf, permissionKey } from "./permission.ts";
import { countAnew, reopen, sendBack } from "./reopen.ts";
import { isQuota } from "./retry.ts";
import { findsFaults, rejectionBy } from "./review.ts";
import { hasFallbackFor } from "./fallback.ts";
import { revise } from "./revise.ts";
import { leftOutBy } from "./verdict.ts";
import {
  isMet,
  stepAt,
  stepNamed,
  type ExecutionState,
  type OpenDecision,
  type SettlingOutcome,
  type StepState,
} from "./state.ts";
import { wallTime } from "./wall-time.ts";

/** Crashes of ours do not use up a step's attempts, but a step that takes the worker down each time must end (semantics, Execution). */
const FORGIVEN_INTERRUPTIONS = 3;

/**
 * Applies one event. The first event of an execution creates its state, every other one changes it in place or replaces it; only
 * what is returned may be used afterwards. Throws when the event cannot belong to this state: journals are ours, so that is a bug
 * or damage and never normal input.
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
  const next = apply(state, event);
  countIdleTime(next);
  return next;
}

/** Folds a whole journal; null when it is empty. */
export function foldAll(events: Iterable<ExecutionEvent>): ExecutionState | null {
  let state: ExecutionState | null = null;
  for (const event of events) state = fold(state, event);
  return state;
}

function apply(state: ExecutionState, event: Exclude<ExecutionEvent, EventOf<"execution.created">>): ExecutionState {
  switch (event.type) {
    case "attempt.started":
      startAttempt(state, event);
      break;
    case "attempt.stopping":
      stopAttempt(state, event);
      break;
    case "attempt.reported":
      reportCosts(state, event);
      break;
    case "attempt.finished":
      finishAttempt(state, event);
      break;
    case "attempt.fenced":
    case "boxes.written":
      break;
    case "budget.level":
      state.ledger.levels.set(event.limit, event.level);
      break;
    case "retry.scheduled":
      scheduleRetry(state, event);
      break;
    case "step.requeued":
      requeue(state, stepNamed(state, event.stepId), event.reason);
      break;
    case "step.finished":
      finishStep(state, event);
      break;
    case "decision.asked":
      ask(state, event);
      break;
    case "decision.answered":
      settleDecision(state, event);
      break;
    case "decision.withdrawn":
      closeDecision(state, event.decisionId);
      break;
    case "execution.paused":
      state.paused = { by: event.by };
      break;
    case "execution.resumed":
      if (state.interrupted !== null) moveQuotas(state, wallTime(event.at));
      state.paused = null;
      state.interrupted = null;
      break;
    case "execution.expired":
      state.expired = true;
      break;
    case "cancel.requested":
      state.cancel = { by: state.cancel?.by ?? event.by, force: event.force || (state.cancel?.force ?? false) };
      break;
    case "execution.interrupted":
      interrupt(state, event);
      break;
    case "execution.finished":
      state.finished = { status: event.status, failure: event.failure, at: event.at };
      break;
    case "steps.reopened":
      reopen(state, event);
      break;
    case "review.returned":
      sendBack(state, event);
      break;
    case "plan.revised":
      return revise(state, event);
    default:
      event satisfies never;
  }
  return state;
}

function startAttempt(state: ExecutionState, event: EventOf<"attempt.started">): void {
  const step = stepNamed(state, event.stepId);
  leave(state, step);
  const { timeout } = step.definition;
  step.attempts = event.attempt;
  step.tries += 1;
  step.phase = {
    kind: "running",
    live: {
      attemptId: event.attemptId,
      attempt: event.attempt,
      startedAt: event.at,
      started: event.t,
      deadline: timeout === null ? null : event.t + timeout,
      asks: 0,
      asksSince: null,
      asked: 0,
      agent: event.agent,
      granted: event.reserved,
      reserved: event.reserved,
      reported: 0,
      services: [],
      hasUnknownCost: false,
      stopping: null,
      stoppedBy: null,
      isStale: false,
    },
  };
  occupy(state, step);
  state.ledger.reserved += event.reserved;
  noteMove(state, step, event.agent);
}

function stopAttempt(state: ExecutionState, event: EventOf<"attempt.stopping">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind !== "running") return;
  step.phase.live.stopping = event.reason;
  step.phase.live.stoppedBy = event.by;
}

/** What a report books comes out of the reservation of its attempt. */
function reportCosts(state: ExecutionState, event: EventOf<"attempt.reported">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind !== "running" || step.phase.live.attemptId !== event.attemptId) return;
  bookReport(state, step, step.phase.live, event);
  noteMove(state, step, step.phase.live.agent);
}

function finishAttempt(state: ExecutionState, event: EventOf<"attempt.finished">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind !== "running" || step.phase.live.attemptId !== event.attemptId) {
    throw new Error(`attempt ${event.attemptId} is finished and does not run`);
  }
  const { live } = step.phase;
  book(state, step, live, event);
  noteMove(state, step, live.agent);
  step.past.push({
    attempt: event.attempt,
    outcome: event.outcome,
    startedAt: live.startedAt,
    started: live.started,
    ended: event.t,
    duration: event.duration,
    end: event.result?.end ?? null,
    failure: event.failure,
  });
  if (!live.isStale) {
    step.result = event.result;
    step.artifacts = event.artifacts;
  }
  if (!isQuota(event.failure)) step.quota = null;
  leave(state, step);
  settleAs(state, step, live.isStale ? "stale" : event.outcome, event.failure);
}

function settleAs(state: ExecutionState, step: StepState, outcome: SettlingOutcome, reason: Failure | null): void {
  step.phase = { kind: "settling", outcome, failure: reason };
  state.settling.add(step.index);
}

function scheduleRetry(state: ExecutionState, event: EventOf<"retry.scheduled">): void {
  const step = stepNamed(state, event.stepId);
  leave(state, step);
  const { quota } = event;
  if (quota) {
    step.tries -= 1;
    step.quota = { since: step.quota?.since ?? event.t, waits: (step.quota?.waits ?? 0) + 1 };
  }
  const isOther = hasFallbackFor(step, event.code);
  if (isOther) step.chain += 1;
  // What it depends on was begun anew while it ran.
  if (step.unmet > 0) return queueUp(state, step);
  const until = quota && !isOther ? wallTime(event.at) + event.delay : null;
  step.phase = { kind: "waiting", due: event.due, until };
  step.readyAt = event.due;
  state.waiting.add(step.index);
}

/**
 * A person's retry and a revised plan begin the count of attempts anew, and with the step's own agent. Neither a crash of ours nor an
 * agent that could not be used counts as an attempt.
 */
function requeue(state: ExecutionState, step: StepState, reason: EventOf<"step.requeued">["reason"]): void {
  const wasInterrupted = step.phase.kind === "settling" && step.phase.outcome === "interrupted";
  leave(state, step);
  if (reason === "fallback") {
    step.chain += 1;
    step.tries -= 1;
  } else if (!wasInterrupted) {
    countAnew(step);
  }
  queueUp(state, step);
}

function finishStep(state: ExecutionState, event: EventOf<"step.finished">): void {
  const step = stepNamed(state, event.stepId);
  if (step.phase.kind === "ended") throw new Error(`step ${event.stepId} ends twice`);
  leave(state, step);
  step.phase = { kind: "ended", status: event.status, failure: event.failure };
  step.endedAt = event.at;
  state.counts[event.status] += 1;
  const reviewed = step.definition.reviews === null ? undefined : state.indexOf.get(step.definition.reviews);
  if (reviewed !== undefined && event.status === "completed") stepAt(state, reviewed).findings = null;
  if (isMet(step)) {
    for (const dependent of step.dependents) meetDependency(state, stepAt(state, dependent));
    return;
  }
  for (const dependent of step.dependents) doom(state, stepAt(state, dependent), step);
  if (event.status === "failed" && step.definition.onFailure === "fail-fast" && !state.failFast) {
    state.failFast = { stepId: event.stepId };
  }
}

function meetDependency(state: ExecutionState, step: StepState): void {
  step.unmet -= 1;
  if (step.unmet === 0 && step.phase.kind === "pending") queueUp(state, step);
}

function ask(state: ExecutionState, event: EventOf<"decision.asked">): void {
  const { decisionId, stepId, kind, message, choices, amount, limit, request, conflict, at: askedAt } = event;
  state.asked += 1;
  state.decisions.set(decisionId, {
    ...{ decisionId, stepId, kind, message, choices, amount, limit },
    ...{ request, conflict, askedAt },
  });
  const step = stepNamed(state, stepId);
  const asker = askerOf(state, { stepId, request });
  if (asker) beginAsking(state, asker);
  // A step that does not fit the budget keeps its place among the ready ones, and one whose agent asks goes on.
  if (step.phase.kind !== "settling" || kind === "permission") return;
  const reason = step.phase.outcome === "succeeded" && findsFaults(step) ? rejectionBy(step) : step.phase.failure;
  leave(state, step);
  step.phase = { kind: "asking", failure: reason };
}

function settleDecision(state: ExecutionState, event: EventOf<"decision.answered">): void {
  const { decisionId, choice, by } = event;
  const decision = closeDecision(state, decisionId);
  if (!decision) throw new Error(`decision ${decisionId} is answered and not open`);
  state.answered.set(decisionId, { choice, by });
  if (choice === "abort") state.aborted = { by, stepId: event.stepId };
  if (choice === "allow") {
    const allowance = { at: wallTime(event.at), amount: event.amount ?? 0 };
    // Earlier journals know only the spec's own limit.
    const key = decision.limit ?? SPEC_LIMIT;
    const { allowances } = state.ledger;
    allowances.set(key, [...(allowances.get(key) ?? []), allowance]);
    return;
  }
  if (choice === "allow_session" && decision.request) state.sessions.set(permissionKey(decision.request), by);
  if (choice !== "retry" && choice !== "skip" && choice !== "abort") return;
  const step = stepNamed(state, event.stepId);
  // Skipped for want of money is not done: what depends on it is skipped too. Skipped for another reason counts as done.
  const unpaid = decision.kind === "budget" ? leftOutBy(by, decision.message) : null;
  const known = step.phase.kind === "asking" && choice !== "skip" ? step.phase.failure : null;
  leave(state, step);
  settleAs(state, step, choice, unpaid ?? known);
}

function closeDecision(state: ExecutionState, decisionId: string): OpenDecision | undefined {
  const decision = state.decisions.get(decisionId);
  state.decisions.delete(decisionId);
  const asker = decision && askerOf(state, decision);
  if (asker) endAsking(state, asker);
  return decision;
}

/** No worker has waited meanwhile, and quotas come back by the clock on the wall. */
function moveQuotas(state: ExecutionState, wall: number): void {
  for (const index of state.waiting) {
    const step = stepAt(state, index);
    if (step.phase.kind !== "waiting" || step.phase.until === null) continue;
    const due = Math.min(step.phase.due, state.t + Math.max(0, step.phase.until - wall));
    step.phase = { ...step.phase, due };
    step.readyAt = due;
  }
}

/** Takes a step out of the index of its present phase; the caller gives it the next one. */
function leave(state: ExecutionState, step: StepState): void {
  switch (step.phase.kind) {
    case "ready":
      removeReady(state, step.index);
      break;
    case "running":
      vacate(state, step);
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
    case "asking":
      break;
    case "ended":
      throw new Error(`step ${step.definition.id} has ended`);
    default:
      step.phase satisfies never;
  }
}

function removeReady(state: ExecutionState, index: number): void {
  const at = state.ready.lastIndexOf(index);
  state.ready.splice(at, 1);
}

/** The attempts of the dead worker are over; how they ended is not known. */
function interrupt(state: ExecutionState, { message, at }: EventOf<"execution.interrupted">): void {
  state.interrupted = message;
  for (const index of [...state.running]) {
    const step = stepAt(state, index);
    if (step.phase.kind !== "running") continue;
    const { live } = step.phase;
    holdReservation(state, step, live, at);
    noteMove(state, step, live.agent);
    step.past.push({
      attempt: live.attempt,
      outcome: "interrupted",
      startedAt: live.startedAt,
      started: live.started,
      ended: state.t,
      duration: null,
      end: null,
      failure: null,
    });
    step.interruptions += 1;
    if (step.interruptions <= FORGIVEN_INTERRUPTIONS) step.tries -= 1;
    leave(state, step);
    settleAs(state, step, live.isStale ? "stale" : "interrupted", null);
  }
}

/** The execution's own timeout does not count while a person is waited for, nor while no worker runs it. */
function countIdleTime(state: ExecutionState): void {
  const isIdle = state.paused !== null || state.decisions.size > 0 || state.interrupted !== null;
  if (isIdle) state.idleSince ??= state.t;
  else if (state.idleSince !== null) {
    state.timeoutFrom += state.t - state.idleSince;
    state.idleSince = null;
  }
}
