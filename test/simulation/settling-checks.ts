import { isDeepStrictEqual } from "node:util";
import type { EventOf } from "../../schemas/event.ts";
import type { Surroundings } from "../../worker/engine/state.ts";
import type { JournalModel } from "./journal-model.ts";
import { checkMoneyQuestion, moneyBlocks } from "./money-checks.ts";
import { hasFoundFaults, isMet, mayWait, movesOn, quotaOf, sentBack, triesOf, type StepBook } from "./step-book.ts";
import { hold } from "./violation.ts";

type Finished = EventOf<"step.finished">;

/** A step may end like this, after what is known of it. */
export function checkStepFinished(
  model: JournalModel,
  event: Finished,
  stop: JournalModel["stop"],
  around: Surroundings,
): void {
  const step = model.step(event.stepId);
  const { status, failure, stepId } = event;
  const { place, outcome } = step;
  const code = failure?.code ?? null;
  hold(2, place !== "ended", () => `${stepId} ends twice`);
  hold(2, place !== "running", () => `${stepId} ends while an attempt runs`);
  if (place === "settled") {
    checkSettled(step, event, stop);
    return;
  }
  const wrong = (): string => `${stepId} ends as ${status} (${code}) while it is ${place} ${outcome}`;
  if (stop !== null) {
    const hadFailed = place === "asking" && step.reason !== null;
    if (hadFailed) hold(6, status === "failed" && code === step.reason?.code, wrong);
    else hold(6, status === "cancelled" && code === stopCode(stop), wrong);
    return;
  }
  hold("policies", place === "idle" || (place === "backoff" && step.due <= event.t), wrong);
  if (code === "dependency_failed") {
    const bad = step.before.filter((one) => one.place === "ended" && !isMet(one));
    hold("policies", status === "skipped" && bad.length > 0, wrong);
    const how = (one: StepBook): string => (one.status === "failed" ? "failed" : `was ${one.status}`);
    const isNamed = bad.some((one) =>
      failure?.message.endsWith(`"${one.def.title}", which it depends on, ${how(one)}`),
    );
    hold("view", isNamed, () => `${stepId} is skipped with the wrong reason: ${failure?.message}`);
    return;
  }
  hold(7, !model.isHeld, () => `${stepId} ends while the execution stands still`);
  hold(1, step.before.every(isMet), () => `${stepId} ends before what it depends on`);
  if (step.def.skip) {
    hold("policies", status === "skipped" && code === null, wrong);
    return;
  }
  hold(3, code === "budget_exceeded", wrong);
  const blocks = moneyBlocks(model, step, model.money.stands(model.running, event.t, around), event.t, around);
  const isOver = blocks.some((one) => one.isHopeless && !one.isPatient && one.stand.limit.mode === "enforce");
  hold(3, isOver, () => `${stepId} ends for want of money and there is enough`);
  hold(3, status === (step.attempts === 0 ? "skipped" : "failed"), wrong);
  const last = step.attempts > 0 ? (step.lastFailure?.message ?? "") : "";
  hold("view", failure?.message.endsWith(last) === true, () => `${stepId} hides why it failed before: ${last}`);
}

function checkSettled(step: StepBook, { status, failure, stepId, t }: Finished, stop: JournalModel["stop"]): void {
  const { outcome, reason } = step;
  const code = failure?.code ?? null;
  const wrong = (): string => `${stepId} ends as ${status} (${code}) after ${outcome}`;
  const expect = (isRight: boolean): void => hold("policies", isRight, wrong);
  if (outcome === "succeeded" && !hasFoundFaults(step)) return expect(status === "completed" && failure === null);
  if (outcome === "abort") return expect(status === "failed" && code === (reason?.code ?? "cancelled"));
  if (outcome === "skip") return expect(status === "skipped" && code === (reason?.code ?? null));
  if (stop !== null && outcome !== "failed")
    return expect(status === "cancelled" && code === (reason?.code ?? stopCode(stop)));
  if (outcome === "cancelled") return expect(status === "cancelled" && code === (reason?.code ?? null));
  expect(status === "failed");
  if (outcome === "failed") {
    hold("policies", code === (reason?.code ?? null) && failure?.message === reason?.message, wrong);
    hold(8, stop !== null || !mayRetry(step, t), () => `${stepId} fails for good although it has attempts left`);
  } else if (outcome === "succeeded") {
    hold("reviews", code === "review_rejected", wrong);
    hold("reviews", sentBack(step) === null, () => `${stepId} fails although it may send back`);
  } else {
    hold(8, outcome === "interrupted" && code === "interrupted", wrong);
    hold(8, isWornOut(step), () => `${stepId} fails although the crash was ours`);
  }
  hold("policies", stop !== null || step.def.onFailure !== "pause", () => `${stepId} fails and nobody is asked`);
}

/** A person may be asked this. */
export function checkAsked(
  model: JournalModel,
  event: EventOf<"decision.asked">,
  since: number,
  around: Surroundings,
): void {
  const { stepId, kind, choices, amount, decisionId } = event;
  const step = model.step(stepId);
  const wrong = (): string => `${stepId} is asked about (${kind}) while it is ${step.place} ${step.outcome}`;
  const stop = model.stopAfter(since);
  hold("decisions", stop === null, () => `${stepId} is asked about although ${stop} ends the execution`);
  hold("decisions", decisionId.endsWith(`/ask-${model.asked + 1}`), () => `decision ${model.asked + 1}: ${decisionId}`);
  if (kind === "budget") {
    hold(7, model.pausedBy === null, () => `${stepId} is asked about while the execution is paused`);
    hold("decisions", !model.isHeld, () => `${stepId} is asked about while another decision is open`);
    hold("decisions", model.ready.has(step) || (step.place === "backoff" && step.due <= event.t), wrong);
    hold("decisions", step.readySeq <= since || step.place === "backoff", wrong);
    checkMoneyQuestion(model, event, around);
    return;
  }
  // What agents ask is compared with the question itself.
  if (kind === "permission") return;
  hold("decisions", choices.join() === "retry,skip,abort" && amount === null, () => `offered: ${choices.join()}`);
  hold("decisions", step.place === "settled", wrong);
  if (kind === "interrupted") {
    hold("decisions", step.outcome === "interrupted" && !step.def.idempotent, wrong);
    return;
  }
  hold(
    "policies",
    step.def.onFailure === "pause",
    () => `${stepId} is asked about: its policy is ${step.def.onFailure}`,
  );
  hold("decisions", isOver(step, event.t), wrong);
  const code = step.outcome === "failed" ? step.reason?.code : undefined;
  const expected = code === "merge_conflict" ? "conflict" : code === "agent_unavailable" ? code : "step_failed";
  hold("decisions", kind === expected, wrong);
  const place = kind === "conflict" ? step.result?.conflict : null;
  hold("decisions", isDeepStrictEqual(event.conflict, place), () => `${stepId} hides where the conflict is`);
}

function isOver(step: StepBook, t: number): boolean {
  if (step.outcome === "failed") return !mayRetry(step, t);
  if (step.outcome === "succeeded") return hasFoundFaults(step) && sentBack(step) === null;
  return step.outcome === "interrupted" && isWornOut(step);
}

/** The failure code of what is ended because the execution is. */
export function stopCode(stop: JournalModel["stop"]): string {
  return stop === "deadline" ? "timeout" : "cancelled";
}

function mayRetry(step: StepBook, t: number): boolean {
  const { retry } = step.def;
  const { reason } = step;
  if (reason === null || reason.code === "budget_exceeded") return false;
  if (reason.code === "agent_unavailable" && movesOn(step, reason.code)) return true;
  const quota = quotaOf(step);
  // With the longest delay that chance may have added.
  if (quota !== null) return mayWait(step, t, Math.max(retry.cap, movesOn(step, reason.code) ? 0 : quota));
  const isRetried = retry.retryOn.includes(reason.code) || (reason.code === "agent_error" && reason.retryable);
  return isRetried && triesOf(step) < retry.maxAttempts;
}

function isWornOut(step: StepBook): boolean {
  return step.def.idempotent && triesOf(step) >= step.def.retry.maxAttempts;
}
