import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Surroundings } from "../../worker/engine/state.ts";
import type { JournalModel } from "./journal-model.ts";
import { checkLevel, checkMoney, isTooDear } from "./money-checks.ts";
import {
  agentOf,
  hasFoundFaults,
  isMet,
  mayWait,
  movesOn,
  quotaOf,
  sentBack,
  triesOf,
  type StepBook,
} from "./step-book.ts";
import { whatBlocks } from "./room-checks.ts";
import { checkAsked, checkStepFinished } from "./settling-checks.ts";
import { checkFinished } from "./verdict-checks.ts";
import { hold } from "./violation.ts";

/** Whether an event may follow what the journal says so far. `since`: number of the last event before what was decided together. */
export function checkEvent(model: JournalModel, event: ExecutionEvent, around: Surroundings, since: number): void {
  hold(2, event.seq === model.seq + 1, () => `event ${event.seq} follows ${model.seq}`);
  const isReopening = event.type === "steps.reopened" || event.type === "plan.revised";
  const tellsOnly = event.type === "attempt.fenced" || event.type === "boxes.written";
  hold(2, !model.finished || isReopening || tellsOnly, () => `${event.type} after the end`);
  switch (event.type) {
    case "attempt.started":
      checkStart(model, event, around, since);
      break;
    case "attempt.stopping":
      checkStopping(model, event, around);
      break;
    case "attempt.reported":
      checkReported(model, event);
      break;
    case "attempt.finished":
      checkAttemptFinished(model, event);
      break;
    case "budget.level":
      checkLevel(model, event, around);
      break;
    case "attempt.fenced":
      hold(
        2,
        model.byId.get(event.stepId)?.live?.id !== event.attemptId,
        () => `${event.attemptId} lives and is fenced`,
      );
      break;
    case "retry.scheduled":
      checkRetry(model, event, model.stopAfter(since));
      break;
    case "step.requeued":
      checkRequeued(model, event, model.stopAfter(since));
      break;
    case "step.finished":
      checkStepFinished(model, event, model.stopAfter(since), around);
      break;
    case "decision.asked":
      checkAsked(model, event, since, around);
      break;
    case "decision.answered":
      hold("decisions", model.decisions.has(event.decisionId), () => `${event.decisionId} is answered and not open`);
      break;
    case "decision.withdrawn":
      hold("decisions", model.decisions.has(event.decisionId), () => `${event.decisionId} is withdrawn and not open`);
      break;
    case "review.returned":
      checkReturned(model, event, model.stopAfter(since));
      break;
    case "execution.expired":
      checkExpired(model, event);
      break;
    case "execution.finished":
      checkFinished(model, event);
      break;
    case "steps.reopened":
      for (const id of event.steps)
        hold(2, model.step(id).place === "ended", () => `${id} is reopened and has not ended`);
      break;
    case "execution.created":
    case "execution.paused":
    case "execution.resumed":
    case "cancel.requested":
    case "execution.interrupted":
    case "plan.revised":
    case "boxes.written":
      break;
  }
}

function checkStart(model: JournalModel, event: EventOf<"attempt.started">, around: Surroundings, since: number): void {
  const step = model.step(event.stepId);
  const name = `${event.stepId}/${event.attempt}`;
  const { stop } = model;
  hold(6, stop !== "cancel", () => `${name} starts after a cancel`);
  hold("policies", stop === null || stop === "deadline", () => `${name} starts although ${stop} ends the execution`);
  hold("timeouts", stop === null, () => `${name} starts after the execution's timeout`);
  hold(7, model.pausedBy === null, () => `${name} starts while the execution is paused`);
  hold("decisions", !model.isHeld, () => `${name} starts while a decision is open`);
  hold(5, !model.isInterrupted, () => `${name} starts before the execution is resumed`);
  hold(2, step.place !== "ended", () => `${name} starts after the end of its step`);
  for (const one of step.before) hold(1, isMet(one), () => `${name} starts before ${one.def.id} has succeeded`);
  hold(8, step.place !== "running", () => `${name} starts while another attempt lives`);
  const isDue = step.place === "backoff" && step.due <= event.t;
  hold(8, step.place === "idle" || isDue, () => `${name} starts while its step is ${step.place}, due ${step.due}`);
  hold("policies", !step.def.skip, () => `${name} starts and is to be skipped`);
  hold(8, event.attempt === step.attempts + 1, () => `${name} follows attempt ${step.attempts}`);
  hold(8, !model.attemptIds.has(event.attemptId), () => `${event.attemptId} is used twice`);
  hold(8, triesOf(step) < step.def.retry.maxAttempts, () => `${name} is one attempt too many`);
  const key = model.keys.get(event.stepId) ?? event.idempotencyKey;
  hold(8, event.idempotencyKey === key, () => `${name} has another idempotency key than the attempt before`);
  const owner = model.keyOwners.get(key) ?? event.stepId;
  hold(8, owner === event.stepId, () => `${name} shares its key with ${owner}`);
  hold("view", event.agent === agentOf(step), () => `${name} starts with agent ${event.agent}`);
  hold("view", event.simulated === step.def.simulated, () => `${name} hides whether it is simulated`);
  const lacking = step.before.filter(({ status }) => status === "failed").map(({ def }) => def.title);
  hold(
    "policies",
    event.missing.join("|") === lacking.join("|"),
    () => `${name} is told that ${event.missing.join()} is missing`,
  );
  checkMoney(model, event, step, around);
  for (const lock of step.def.locks) {
    const capacity = model.plan.pools[lock] ?? 1;
    const holders = model.holders(lock) + around.holders(lock);
    hold("locks", holders < capacity, () => `${name} takes ${lock}, which has ${holders} holders`);
  }
  const limit = model.plan.agentLimits[event.agent] ?? Infinity;
  hold("places", model.load(event.agent) + around.load(event.agent) < limit, () => `${name}: agent at its limit`);
  hold("places", model.running.size < model.plan.maxConcurrent, () => `${name} has no place`);
  checkOrder(model, step, event.t, around, since);
}

/** Nothing that was free at the same moment and goes first is passed over, so that nothing waits for ever (invariant 9). */
function checkOrder(model: JournalModel, step: StepBook, t: number, around: Surroundings, since: number): void {
  for (const [one, kinds] of whatBlocks(model, t, around, step)) {
    const isNew = one.place === "idle" && one.readySeq > since;
    hold("order", isNew || one.def.skip || kinds.size > 0, () => `${step.def.id} starts before ${one.def.id}`);
  }
}

function checkStopping(
  model: JournalModel,
  { stepId, attemptId, reason, by, t }: EventOf<"attempt.stopping">,
  around: Surroundings,
): void {
  const step = model.step(stepId);
  const { live } = step;
  hold(2, live !== null && live.id === attemptId, () => `${attemptId} is stopped and does not run`);
  hold("policies", live.stopping === null, () => `${attemptId} is stopped twice`);
  const isDue = live.deadline !== null && live.asks.size === 0 && live.deadline <= t;
  const isRight =
    reason === "timeout"
      ? isDue && model.stop === null
      : reason === "stale"
        ? live.isStale && model.stop === null
        : reason === "killed"
          ? by !== null
          : reason === "budget"
            ? isTooDear(model, step, t, around) && model.stop === null
            : reason === model.stop;
  const rule =
    reason === "timeout" || reason === "deadline" ? "timeouts" : reason === "stale" ? "revision" : "policies";
  hold(rule, isRight, () => `${attemptId} is stopped for no reason: ${reason}`);
}

function checkAttemptFinished(model: JournalModel, event: EventOf<"attempt.finished">): void {
  const { live } = model.step(event.stepId);
  hold(2, live !== null && live.id === event.attemptId, () => `${event.attemptId} finishes and does not run`);
  hold(2, event.attempt === live.attempt, () => `${event.attemptId} finishes as attempt ${event.attempt}`);
  for (const { amount } of event.costs)
    hold(3, amount === null || (Number.isSafeInteger(amount) && amount >= 0), () => `an amount of ${amount} is booked`);
  hold("answers", Number.isInteger(event.duration) && event.duration >= 0, () => `a duration of ${event.duration}`);
}

function checkReported(model: JournalModel, event: EventOf<"attempt.reported">): void {
  const { live } = model.step(event.stepId);
  hold(2, live !== null && live.id === event.attemptId, () => `${event.attemptId} reports and does not run`);
  for (const { amount } of event.costs)
    hold(3, amount === null || (Number.isSafeInteger(amount) && amount >= 0), () => `an amount of ${amount} is booked`);
}

function checkRetry(model: JournalModel, event: EventOf<"retry.scheduled">, stop: JournalModel["stop"]): void {
  const step = model.step(event.stepId);
  const { retry } = step.def;
  const name = `${event.stepId}/${event.attempt}`;
  hold(6, stop !== "cancel", () => `${name} is scheduled after a cancel`);
  hold("policies", stop === null, () => `${name} is scheduled although ${stop} ends the execution`);
  hold(8, step.place === "settled" && step.outcome === "failed", () => `${name} is scheduled and nothing failed`);
  hold(8, event.attempt === step.attempts + 1, () => `${name} follows attempt ${step.attempts}`);
  const { code } = event;
  const quota = quotaOf(step);
  hold(8, event.quota === (quota !== null), () => `${name} ${event.quota ? "waits" : "does not wait"} for a quota`);
  if (quota === null) {
    hold(8, triesOf(step) < retry.maxAttempts, () => `${name} is one attempt too many`);
    const isRetried = retry.retryOn.includes(code) || (code === "agent_error" && step.reason?.retryable === true);
    hold(8, code !== "budget_exceeded" && isRetried, () => `${name}: ${code} is not retried`);
  } else hold(8, mayWait(step, event.t, event.delay), () => `${name} waits for its quota for too long`);
  hold(8, code === step.reason?.code, () => `${name}: ${code} is not why it failed`);
  const exact = retry.base * retry.factor ** (triesOf(step) - 1);
  const atLeast = quota !== null && !movesOn(step, code) ? quota : 0;
  const least = Math.max(atLeast, Math.min(retry.cap, Math.round(exact)));
  const most = Math.max(atLeast, Math.min(retry.cap, Math.round(exact * (1 + retry.jitter))));
  hold(8, event.delay >= least && event.delay <= most, () => `${name} waits ${event.delay}, not ${least} to ${most}`);
  hold(8, event.due === event.t + event.delay, () => `${name} is due at ${event.due}`);
}

function checkRequeued(
  model: JournalModel,
  { stepId, reason }: EventOf<"step.requeued">,
  stop: JournalModel["stop"],
): void {
  const step = model.step(stepId);
  const is = (outcome: string): boolean => step.place === "settled" && step.outcome === outcome;
  if (reason === "answered") {
    hold("decisions", is("retry") || step.place === "backoff", () => `${stepId} is requeued and nobody asked for it`);
    return;
  }
  if (reason === "fallback") {
    const isGone = is("failed") && step.reason?.code === "agent_unavailable" && movesOn(step, "agent_unavailable");
    hold("policies", isGone && stop === null, () => `${stepId} goes to another agent without need`);
    return;
  }
  hold(6, stop === null, () => `${stepId} is requeued although ${stop} ends the execution`);
  if (reason === "stale") {
    hold("revision", is("stale"), () => `${stepId} is requeued and is not stale`);
    return;
  }
  hold(8, is("interrupted"), () => `${stepId} is requeued and was not interrupted`);
  hold(8, step.def.idempotent, () => `${stepId} must not simply run again`);
  hold(8, triesOf(step) < step.def.retry.maxAttempts, () => `${stepId} is interrupted again and again, and requeued`);
}

function checkReturned(
  model: JournalModel,
  { stepId, target, round, findings, steps }: EventOf<"review.returned">,
  stop: JournalModel["stop"],
): void {
  const step = model.step(stepId);
  hold("policies", stop === null, () => `${stepId} sends back although ${stop} ends the execution`);
  hold("reviews", hasFoundFaults(step), () => `${stepId} sends back and has found nothing`);
  hold("reviews", target === step.def.reviews, () => `${stepId} sends back ${target}, which it does not review`);
  hold("reviews", round === step.rounds + 1, () => `${stepId}: round ${round} follows round ${step.rounds}`);
  hold("reviews", findings === step.result?.review?.findings, () => `${stepId} says ${findings}`);
  const expected = sentBack(step);
  hold("reviews", expected !== null, () => `${stepId} sends back once too often, or what was left out`);
  const ids = [...expected].map(({ def }) => def.id).sort();
  hold(
    "reviews",
    steps.toSorted().join() === ids.join(),
    () => `${stepId} sends back ${steps.join()}, not ${ids.join()}`,
  );
}

function checkExpired(model: JournalModel, event: EventOf<"execution.expired">): void {
  const { timeout } = model.plan;
  const active = model.active + (model.isWaiting ? 0 : event.t - model.t);
  hold("timeouts", timeout !== null && active >= timeout, () => `expired after ${active} ms of ${timeout}`);
  hold("timeouts", model.stop === null && !model.isWaiting, () => `expired while it waits or ends`);
}
