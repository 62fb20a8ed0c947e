import type { EventBody } from "../../schemas/event.ts";
import { failure, type Failure } from "../../schemas/failure.ts";
import { chooseStarts } from "./choose-starts.ts";
import { excessOf, freesAt, leftAtBest, levelChanges, reservationOf, standingsOf, type Standing } from "./limits.ts";
import { pointless } from "./permission.ts";
import { settle } from "./settle.ts";
import {
  isHeld,
  NOTHING_AROUND,
  stepAt,
  stepNamed,
  type ExecutionState,
  type StepState,
  type Surroundings,
} from "./state.ts";
import { stopOf, type Stop } from "./stop-reason.ts";
import { verdict } from "./verdict.ts";

/**
 * What must happen now, as events to store, fold and then perform, in this order. Empty: nothing, until something else happens or
 * `nextWake` is reached. Call again after folding: one answer may make the next one possible. `t` is the execution's clock in ms.
 * An interrupted execution stands still until it is resumed or cancelled.
 */
export function decide(state: ExecutionState, t: number, around: Surroundings = NOTHING_AROUND): EventBody[] {
  if (state.finished) return [];
  const stop = stopOf(state);
  if (state.interrupted !== null && !stop) return [];
  const standings = standingsOf(state, t, around);
  const events = levelChanges(state, standings);
  events.push(...pointless(state));
  let asked = state.asked;
  for (const index of state.settling) {
    const event = settle(state, stepAt(state, index), t, asked + 1);
    if (event.type === "decision.asked") asked += 1;
    events.push(event);
  }
  if (events.length > 0) return events;
  if (stop) return windDown(state, stop);
  const end = deadlineOf(state);
  if (end !== null && end <= t) return [{ type: "execution.expired" }];
  for (const [index, culprit] of state.doomed)
    events.push(skipForDependency(stepAt(state, index), stepAt(state, culprit)));
  for (const index of state.running) stopIfDue(stepAt(state, index), t, standings, events);
  withdrawIfFits(state, standings, events);
  if (!isHeld(state)) chooseStarts(state, t, around, events);
  return events.length > 0 ? events : finishIfOver(state);
}

/**
 * The next moment after `t` on the execution's clock at which `decide` may have something to say without a new event; null: none.
 * What is already due and still waits, waits for something else than time.
 */
export function nextWake(state: ExecutionState, t: number, around: Surroundings = NOTHING_AROUND): number | null {
  let wake: number | null = null;
  const consider = (at: number | null): void => {
    if (at !== null && at > t && (wake === null || at < wake)) wake = at;
  };
  if (state.finished || state.interrupted !== null) return null;
  consider(deadlineOf(state));
  if (!isHeld(state)) {
    for (const index of state.waiting) {
      const { phase } = stepAt(state, index);
      if (phase.kind === "waiting") consider(phase.due);
    }
  }
  for (const index of state.running) {
    const { phase } = stepAt(state, index);
    if (phase.kind === "running" && phase.live.stopping === null && phase.live.asks === 0)
      consider(phase.live.deadline);
  }
  const isWaiting = state.ready.length + state.waiting.size + state.decisions.size > 0;
  for (const limit of state.limits) {
    const isUsedUp = (state.ledger.levels.get(limit.key) ?? "below") !== "below";
    if (isWaiting || isUsedUp) consider(freesAt(state, limit, t, around));
  }
  return wake;
}

/**
 * Nothing of it runs or is due: only a person can move it on. Next to a step that must not simply run again after a crash, others
 * still start.
 */
export function isAtRest(state: ExecutionState): boolean {
  if (state.running.size > 0 || state.settling.size > 0 || stopOf(state)) return false;
  if (isHeld(state)) return true;
  return state.decisions.size > 0 && state.ready.length + state.waiting.size + state.doomed.size === 0;
}

/** When the execution's own timeout passes, on its clock; null while it waits for a person, or without one. */
function deadlineOf(state: ExecutionState): number | null {
  const { timeout } = state.plan;
  return timeout === null || state.idleSince !== null || state.expired ? null : state.timeoutFrom + timeout;
}

/** Nothing starts any more: running attempts are stopped, all others end, and then the execution ends. */
function windDown(state: ExecutionState, { why, reason }: Stop): EventBody[] {
  const events: EventBody[] = [];
  for (const { decisionId, stepId } of state.decisions.values())
    events.push({ type: "decision.withdrawn", decisionId, stepId });
  for (const step of state.steps) {
    if (step.phase.kind === "ended") continue;
    if (step.phase.kind !== "running") events.push(endWith(step, why));
    else if (step.phase.live.stopping === null) events.push(stopping(step, step.phase.live, reason));
  }
  return events.length > 0 || state.running.size > 0 ? events : finishIfOver(state);
}

/** A step that had failed and waited for a decision has failed; everything else was cancelled. */
function endWith({ phase, definition: { id: stepId } }: StepState, why: Failure): EventBody {
  return phase.kind === "asking" && phase.failure !== null
    ? { type: "step.finished", stepId, status: "failed", failure: phase.failure }
    : { type: "step.finished", stepId, status: "cancelled", failure: why };
}

type Live = Extract<StepState["phase"], { kind: "running" }>["live"];

function stopping(
  step: StepState,
  { attemptId, attempt }: Live,
  reason: Stop["reason"] | "timeout" | "stale" | "budget",
): EventBody {
  return { type: "attempt.stopping", stepId: step.definition.id, attemptId, attempt, reason, by: null };
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

function stopIfDue(step: StepState, t: number, standings: readonly Standing[], events: EventBody[]): void {
  if (step.phase.kind !== "running" || step.phase.live.stopping !== null) return;
  const { live } = step.phase;
  if (live.isStale) events.push(stopping(step, live, "stale"));
  else if (live.deadline !== null && live.asks === 0 && live.deadline <= t)
    events.push(stopping(step, live, "timeout"));
  else if (excessOf(step, live, standings) !== null) events.push(stopping(step, live, "budget"));
}

/** A question about money that time has answered: the window of its limit has moved on, and the step fits. */
function withdrawIfFits(state: ExecutionState, standings: readonly Standing[], events: EventBody[]): void {
  for (const { decisionId, stepId, kind, limit: key, amount } of state.decisions.values()) {
    const standing =
      kind === "budget" && amount !== null ? standings.find(({ limit }) => limit.key === key) : undefined;
    if (standing && reservationOf(state, stepNamed(state, stepId)) <= leftAtBest(standing))
      events.push({ type: "decision.withdrawn", decisionId, stepId });
  }
}

function finishIfOver(state: ExecutionState): EventBody[] {
  const { completed, failed, skipped, cancelled } = state.counts;
  if (completed + failed + skipped + cancelled < state.steps.length) return [];
  return [{ type: "execution.finished", ...verdict(state) }];
}
