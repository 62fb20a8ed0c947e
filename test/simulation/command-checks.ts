import type { CostEntry, EnginePlan, EventBody } from "../../schemas/event.ts";
import type { Outcome } from "../../schemas/failure.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import type { Command } from "../../worker/engine/command.ts";
import type { Revision } from "../../worker/engine/revision.ts";
import type { AttemptReport } from "../../worker/run/ports.ts";
import type { JournalModel } from "./journal-model.ts";
import { isMet, type StepBook } from "./step-book.ts";
import { stopCode } from "./settling-checks.ts";
import { hold } from "./violation.ts";

/** A person's command means what it should: the refusal's code, or the events as short words. */
export function checkCommand(model: JournalModel, command: Command, by: string, said: Outcome<EventBody[]>): void {
  const words = said.ok ? said.value.map(wordOf).join(" ") : said.failure.code;
  const expected = meaning(model, command);
  hold("commands", words === expected, () => `${command.kind} means "${words}", not "${expected}"`);
  for (const body of said.ok ? said.value : []) {
    hold(
      "commands",
      !("by" in body) || body.by === by,
      () => `${command.kind} by ${by} is recorded as somebody else's`,
    );
    if (body.type === "plan.revised") checkKept(model, body.plan, command);
  }
}

/** Steps that the new plan has not: what has completed or failed stays as it is, everything else is left out. */
function checkKept(model: JournalModel, plan: EnginePlan, command: Command): void {
  const revision = command.kind === "revise" || command.kind === "answer" ? command.revision : null;
  const present = new Set(revision?.plan.steps.map(({ id }) => id));
  for (const { id, dependencies, skip, onFailure } of plan.steps) {
    if (present.has(id)) continue;
    const { place, def, status } = model.step(id);
    const said = `${skip} ${onFailure} ${dependencies.join()}`;
    const stays = place === "ended" && (status === "completed" || status === "failed");
    const expected = `${stays ? def.skip : true} ${place === "ended" ? "tolerate" : "continue"} `;
    hold("revision", said === expected, () => `${id} is gone and ${place}, and kept as ${said}, not as ${expected}`);
  }
}

function wordOf(body: EventBody): string {
  switch (body.type) {
    case "steps.reopened":
      return `${body.type}:${body.steps.join()}`;
    case "decision.answered":
      return `${body.type}:${body.decisionId},${body.stepId},${body.choice},${body.amount},${body.limit}`;
    case "decision.withdrawn":
      return `${body.type}:${body.decisionId}`;
    case "attempt.stopping":
      return `${body.type}:${body.attemptId},${body.reason}`;
    case "cancel.requested":
      return `${body.type}:${body.force}`;
    case "plan.revised":
      return `${body.type}:${body.plan.steps.map(({ id }) => id).join()}:${body.stale.toSorted().join()}`;
    case "step.requeued":
      return `${body.type}:${body.stepId},${body.reason}`;
    default:
      return body.type;
  }
}

function meaning(model: JournalModel, command: Command): string {
  switch (command.kind) {
    case "pause":
      if (model.finished) return "conflict";
      return model.pausedBy !== null || model.cancel ? "" : "execution.paused";
    case "resume":
      if (model.finished) return "conflict";
      return model.pausedBy !== null || model.isInterrupted ? "execution.resumed" : "";
    case "cancel": {
      const isNew = !model.finished && (!model.cancel || (command.force && !model.cancel.force));
      return isNew ? `cancel.requested:${command.force}` : "";
    }
    case "answer":
      return answered(model, command);
    case "retry":
      return command.stepId === null ? retryAll(model) : retryOne(model, model.byId.get(command.stepId));
    case "rerun":
      return rerun(model, model.byId.get(command.stepId), command.only);
    case "kill": {
      const step = model.byId.get(command.stepId);
      if (!step) return "not_found";
      if (!step.live) return "conflict";
      return step.live.stopping === null ? `attempt.stopping:${step.live.id},killed` : "";
    }
    case "revise":
      return !model.finished && model.stop !== null ? "conflict" : revised(model, command.revision, null);
  }
}

function answered(model: JournalModel, command: Extract<Command, { kind: "answer" }>): string {
  const { decisionId: id, choice, amount, revision } = command;
  if (model.answered.has(id)) return "conflict";
  const decision = model.decisions.get(id);
  if (!decision) return "not_found";
  if (!decision.choices.some((one) => one === choice)) return "bad_request";
  if (amount !== null && choice !== "allow") return "bad_request";
  const added = choice === "allow" ? (amount ?? decision.amount) : null;
  const wordsOf = (one: string, stepId: string): string =>
    `decision.answered:${one},${stepId},${choice},${added},${decision.limit}`;
  // What is allowed for more than once answers all that is asked alike.
  const isKept = choice === "allow_session" || choice === "allow_always";
  const others = [...model.decisions].filter(([one, { key }]) => isKept && one !== id && key === decision.key);
  const words = [wordsOf(id, decision.stepId), ...others.map(([one, { stepId }]) => wordsOf(one, stepId))].join(" ");
  if (revision !== null && model.stop !== null) return "conflict";
  return revision === null ? words : `${words} ${revised(model, revision, id)}`;
}

function retryOne(model: JournalModel, step: StepBook | undefined): string {
  if (!step) return "not_found";
  const { id } = step.def;
  for (const [decisionId, { stepId, choices }] of model.decisions)
    if (stepId === id && choices.includes("retry")) return `decision.answered:${decisionId},${id},retry,null,null`;
  if (step.place === "backoff") return `step.requeued:${id},answered`;
  if (step.place !== "ended" || step.def.skip || (isMet(step) && step.status !== "failed")) return "conflict";
  const found = [step];
  for (const one of found)
    for (const next of one.after)
      if (next.place === "ended" && next.status !== "failed" && !isMet(next) && !found.includes(next)) found.push(next);
  return reopened(model, found);
}

function retryAll(model: JournalModel): string {
  const bad = model.steps.filter((step) => step.place === "ended" && !isMet(step));
  return bad.length > 0 ? reopened(model, bad) : "conflict";
}

function rerun(model: JournalModel, step: StepBook | undefined, only: boolean): string {
  if (!step) return "not_found";
  if (step.place !== "ended" || step.def.skip) return "conflict";
  const found = [step];
  if (!only) for (const one of found) for (const next of one.after) if (!found.includes(next)) found.push(next);
  if (found.some(({ place }) => place === "running" || place === "settled")) return "conflict";
  return reopened(
    model,
    found.filter(({ place }) => place === "ended"),
  );
}

function reopened(model: JournalModel, steps: StepBook[]): string {
  if (!model.finished && model.stop !== null) return "conflict";
  const ids = steps.toSorted((a, b) => a.index - b.index).map(({ def }) => def.id);
  return `steps.reopened:${ids.join()}`;
}

/** Steps with a history stay; what runs of them, and what waits, is outdated; their questions are withdrawn. */
function revised(model: JournalModel, { plan, stale }: Revision, answer: string | null): string {
  const present = new Set(plan.steps.map(({ id }) => id));
  const gone = model.steps.filter(({ def, attempts }) => attempts > 0 && !present.has(def.id));
  const built = builtOn(model, plan, stale);
  const outdated = [...built, ...gone.filter(({ place }) => place !== "ended").map(({ def }) => def.id)];
  // What was begun on top of something stale is stale, too.
  for (const id of outdated)
    for (const { id: next, dependencies } of stale.length > 0 ? plan.steps : [])
      if (dependencies.includes(id) && !outdated.includes(next) && hasBegun(model.byId.get(next))) outdated.push(next);
  const withdrawn = [...model.decisions]
    .filter(([id]) => id !== answer)
    .filter(([, { kind, stepId }]) => kind === "budget" || outdated.includes(stepId) || !present.has(stepId))
    .map(([id]) => `decision.withdrawn:${id}`);
  const ids = [...present, ...gone.map(({ def }) => def.id)];
  return [...withdrawn, `plan.revised:${ids.join()}:${outdated.toSorted().join()}`].join(" ");
}

function hasBegun(step: StepBook | undefined): boolean {
  if (!step || step.attempts === 0 || step.place === "idle") return false;
  return step.place !== "ended" || step.status === "completed" || step.status === "failed";
}

/** What is stale, and what has started on top of it by the new plan, the nearest first. */
function builtOn(model: JournalModel, plan: Revision["plan"], stale: readonly string[]): string[] {
  const found = [...stale];
  const hasStarted = (id: string): boolean => {
    const step = model.byId.get(id);
    if (!step || step.attempts === 0 || step.place === "idle") return false;
    return step.place !== "ended" || step.status === "completed" || step.status === "failed";
  };
  for (const one of found) {
    for (const { id, dependencies } of plan.steps)
      if (dependencies.includes(one) && hasStarted(id) && !found.includes(id)) found.push(id);
  }
  return found;
}

/** An answer counts for what it is: only the live attempt's, and not as its own end when it was stopped. */
export function checkAnswer(
  model: JournalModel,
  stepId: string,
  attemptId: string,
  end: AttemptEnd,
  body: EventBody,
  t: number,
): void {
  const live = model.byId.get(stepId)?.live;
  if (live?.id !== attemptId) {
    hold(2, body.type === "attempt.fenced", () => `a late answer of ${attemptId} counts`);
    return;
  }
  hold(2, body.type === "attempt.finished" && body.attemptId === attemptId, () => `${attemptId} is fenced and lives`);
  const said = `${body.outcome} ${body.failure?.code ?? "-"}`;
  const expected = live.isStale ? "cancelled stale" : judged(model, live.stopping, end);
  hold("answers", said === expected, () => `${attemptId} (${end.outcome}) counts as ${said}, not as ${expected}`);
  const asked = live.asked + (live.asks.size > 0 ? t - live.asksSince : 0);
  const duration = Math.max(0, Math.round(end.duration - asked));
  hold("answers", body.duration === duration, () => `${attemptId} took ${body.duration}, not ${duration}`);
  if (body.failure?.code === "killed" && live.stopping === "killed")
    hold("answers", body.failure.message === `stopped by ${live.by}`, () => `${attemptId} is not ${live.by}'s`);
  hold("answers", body.artifacts === end.artifacts, () => `${attemptId} loses what it made`);
  hold("answers", body.result === end.result, () => `${attemptId} loses its result`);
  checkCosts(attemptId, end.costs, body.costs);
}

/** What a running attempt says of its costs is recorded, without what is no money; what is left of another one is fenced off. */
export function checkReport(model: JournalModel, attemptId: string, said: AttemptReport, body: EventBody): void {
  const isLive = [...model.running].some(({ live }) => live?.id === attemptId);
  if (!isLive) {
    hold(2, body.type === "attempt.fenced", () => `a late report of ${attemptId} counts`);
    return;
  }
  hold(
    2,
    body.type === "attempt.reported" && body.attemptId === attemptId,
    () => `${attemptId} lives and is not heard`,
  );
  hold(3, body.refused === said.refused, () => `${attemptId}: what was refused is not recorded`);
  checkCosts(attemptId, said.costs, body.costs);
}

function checkCosts(attemptId: string, said: readonly CostEntry[], booked: readonly CostEntry[]): void {
  hold(3, booked.length === said.length, () => `${attemptId} loses costs`);
  said.forEach((cost, index) => {
    const isMoney = cost.amount === null || (Number.isSafeInteger(cost.amount) && cost.amount >= 0);
    const amount = booked[index]?.amount;
    hold(3, amount === (isMoney ? cost.amount : null), () => `${attemptId}: ${cost.amount} is booked as ${amount}`);
    const certainty = isMoney ? cost.certainty : "unknown";
    hold(3, booked[index]?.certainty === certainty, () => `${attemptId}: ${cost.amount} is not ${certainty}`);
  });
}

function judged(model: JournalModel, stopping: string | null, { outcome, failure }: AttemptEnd): string {
  if (outcome === "succeeded") return "succeeded -";
  if (stopping === "killed" || stopping === "timeout") return `failed ${stopping}`;
  if (stopping === "budget") return "failed budget_exceeded";
  if (stopping !== null || outcome === "cancelled")
    return model.stop === null ? "failed agent_error" : `cancelled ${stopCode(model.stop)}`;
  return `failed ${failure?.code ?? "agent_error"}`;
}
