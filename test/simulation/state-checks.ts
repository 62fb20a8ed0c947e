import type { ExecutionEvent } from "../../schemas/event.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";
import type { JournalModel } from "./journal-model.ts";
import { isMet, type StepBook } from "./step-book.ts";
import { hold } from "./violation.ts";

/** What the engine made of an event agrees with the books: the ledger, the counts, and the step of which the event tells. */
export function checkState(model: JournalModel, state: ExecutionState, event: ExecutionEvent): void {
  const { ledger, counts } = state;
  const money = (what: string, kept: number, real: number): void =>
    hold(3, kept === real, () => `${what}: ${kept}, not ${real}, after ${event.type}`);
  money("spent", ledger.spent, model.money.spent);
  money("reserved", ledger.reserved, model.reserved);
  money("held", ledger.held, model.money.held);
  money("overrun", ledger.overrun, model.money.overrun);
  money("unknown costs", ledger.unknown, model.money.unknown);
  const ended = counts.completed + counts.failed + counts.skipped + counts.cancelled;
  hold(2, ended === model.ended, () => `${ended} steps are counted as ended, not ${model.ended}`);
  hold(2, state.running.size === model.running.size, () => `${state.running.size} run, not ${model.running.size}`);
  const count = (what: string, kept: number, real: number): void =>
    hold(4, kept === real, () => `${kept} are ${what}, not ${real}, after ${event.type}`);
  count("in backoff", state.waiting.size, model.backoff.size);
  count("ready", state.ready.length, model.ready.size);
  count("settling", state.settling.size, model.settled.size);
  hold("decisions", state.decisions.size === model.decisions.size, () => `${state.decisions.size} decisions are open`);
  const isPlan = state.planId === model.planId && state.planHash === model.planHash;
  hold(4, isPlan && state.writeBack === model.writeBack, () => `it goes by plan ${state.planId}`);
  hold(4, state.seq === event.seq && state.t === event.t, () => `it stands at event ${state.seq}, ${state.t} ms`);
  hold(7, (state.paused !== null) === (model.pausedBy !== null), () => `paused: ${state.paused?.by}`);
  const concernsMany = [
    "plan.revised",
    "steps.reopened",
    "review.returned",
    "execution.interrupted",
    "execution.resumed",
  ];
  if (concernsMany.includes(event.type)) for (const step of model.steps) checkStep(step, state);
  else if ("stepId" in event) {
    const step = model.step(event.stepId);
    checkStep(step, state);
    if (event.type === "step.finished") for (const one of step.after) checkStep(one, state);
  }
}

function checkStep(step: StepBook, state: ExecutionState): void {
  const kept = state.steps[step.index];
  const { id } = step.def;
  hold(4, kept !== undefined && kept.definition.id === id, () => `step ${step.index} is not ${id}`);
  const { phase } = kept;
  const place = phase.kind === "settling" ? "settled" : phase.kind === "waiting" ? "backoff" : phase.kind;
  const expected = step.place === "idle" ? (step.before.every(isMet) ? "ready" : "pending") : step.place;
  hold(4, place === expected, () => `${id} is ${place}, not ${expected}`);
  const is = (what: string, found: unknown, real: unknown): void =>
    hold(4, found === real, () => `${id}: ${what} is ${String(found)}, not ${String(real)}`);
  is("the number of attempts", kept.attempts, step.attempts);
  is("what it has cost", kept.spent, step.spent);
  is("the number of unknown costs", kept.unknownCosts, step.unknown);
  is("the result", kept.result?.tail, step.result?.tail);
  is("its end", kept.endedAt, step.endedAt);
  is("what was found in it", kept.findings, step.findings);
  is("the number of rounds", kept.rounds, step.rounds);
  if (phase.kind === "ended") {
    is("its status", phase.status, step.status);
    is("its failure", phase.failure?.code, step.reason?.code);
  } else if (phase.kind === "running") {
    is("its attempt", phase.live.attemptId, step.live?.id);
    is("its deadline", phase.live.deadline, step.live?.deadline);
    is("the number of its questions", phase.live.asks, step.live?.asks.size);
    is("whether it is stale", phase.live.isStale, step.live?.isStale);
    is("whether it is stopped", phase.live.stopping, step.live?.stopping);
  } else if (phase.kind === "waiting") is("when it is due", phase.due, step.due);
  else if (phase.kind === "settling") is("its outcome", phase.outcome, step.outcome);
}
