import type { Surroundings, ExecutionState } from "../../worker/engine/state.ts";
import type { Engine } from "./engine.ts";
import { LOCAL, type JournalModel } from "./journal-model.ts";
import { isMet, type StepBook } from "./step-book.ts";
import { whatBlocks } from "./room-checks.ts";
import { checkMoneyAtRest, isBeyond, moneyBlocks } from "./money-checks.ts";
import { hold } from "./violation.ts";

/** Invariant 9: when the engine has nothing to say, nothing is left to do, and whatever has not ended runs or names its blocker. */
export function checkIdle(
  model: JournalModel,
  state: ExecutionState,
  t: number,
  around: Surroundings,
  engine: Engine,
): void {
  const wake = engine.nextWake(state, t, around);
  const due = nextDue(model, t, around);
  hold(9, wake === due, () => `it wants to be woken at ${wake}, the next thing is due at ${due}`);
  if (model.finished) return;
  const { stop } = model;
  if (!model.isInterrupted) checkMoneyAtRest(model, t, around);
  if (stop !== null) {
    const rule = stop === "cancel" ? 6 : stop === "deadline" ? "timeouts" : "policies";
    hold(rule, model.running.size > 0, () => `${stop}: nothing runs, and the execution does not end`);
    hold("decisions", model.decisions.size === 0, () => `${stop}: ${model.decisions.size} decisions stay open`);
    for (const { def, place, live } of model.steps) {
      hold(rule, place === "ended" || place === "running", () => `${stop}: ${def.id} does not end, it is ${place}`);
      hold(rule, live === null || live.stopping !== null, () => `${stop}: ${def.id} is not stopped`);
    }
    return;
  }
  for (const [id, { kind, stepId, attemptId }] of model.decisions) {
    if (kind !== "permission") continue;
    const live = model.step(stepId).live;
    const isAsked = live?.id === attemptId && live?.stopping === null && !live.isStale;
    hold("decisions", isAsked, () => `${id} stays open although nobody waits for the answer`);
  }
  if (!model.isInterrupted) checkNothingLeft(model, t, around);
  checkBlockers(model, state, t, around, engine);
}

function checkNothingLeft(model: JournalModel, t: number, around: Surroundings): void {
  hold(9, model.ended < model.steps.length, () => "everything has ended, and the execution does not");
  for (const { def } of model.settled) hold(9, false, () => `nothing follows for ${def.id}`);
  const { timeout } = model.plan;
  const active = model.active + (model.isWaiting ? 0 : t - model.t);
  hold("timeouts", timeout === null || model.isWaiting || active < timeout, () => `the timeout passed: ${active} ms`);
  for (const { def, live } of model.running) {
    if (!live || live.stopping !== null) continue;
    hold("revision", !live.isStale, () => `${def.id} is stale and goes on`);
    const isOver = live.deadline !== null && live.asks.size === 0 && live.deadline <= t;
    hold("timeouts", !isOver, () => `${def.id} goes on after its timeout`);
  }
  for (const step of model.steps) {
    if (step.place !== "idle") continue;
    const culprit = step.before.find((one) => one.place === "ended" && !isMet(one));
    hold("policies", !culprit, () => `${step.def.id} waits for ${culprit?.def.id}, which has failed`);
  }
  if (model.isHeld) return;
  const stands = model.money.stands(model.running, t, around);
  for (const [step, kinds] of whatBlocks(model, t, around)) {
    const { id } = step.def;
    hold("policies", !step.def.skip, () => `${id} is not skipped`);
    hold(9, kinds.size > 0, () => `${id} could start and does not`);
    const isLost = isBeyond(moneyBlocks(model, step, stands, t, around));
    const isHopeless = isLost && model.running.size < model.plan.maxConcurrent;
    hold(3, !isHopeless, () => `${id} can never fit the budget, and nothing follows`);
  }
}

function checkBlockers(
  model: JournalModel,
  state: ExecutionState,
  t: number,
  around: Surroundings,
  engine: Engine,
): void {
  const blocked = whatBlocks(model, t, around);
  for (const step of model.steps) {
    const shown = state.steps[step.index];
    const { id } = step.def;
    hold("view", shown?.definition.id === id, () => `${id} is not step ${step.index}`);
    const blocker = engine.blockerOf(state, shown, t, around);
    if (step.place === "ended" || (step.place === "running" && !step.live?.asks.size)) {
      hold(9, blocker === null, () => `${id} is ${step.place}, and ${blocker?.detail}`);
      continue;
    }
    hold(9, blocker !== null && blocker.detail !== "", () => `${id} is ${step.place}, and no blocker is named`);
    const { kind, steps } = blocker;
    const causes = causesOf(model, step, t, blocked);
    hold(9, causes.includes(kind), () => `${id} is said to wait for ${kind}, it waits for ${causes.join(" or ")}`);
    if (kind === "dependency") {
      const open = step.before.filter((one) => !isMet(one)).map(({ def }) => def.id);
      hold(9, steps.join() === open.join(), () => `${id} is said to wait for ${steps.join()}, not ${open.join()}`);
    }
    if (causes.length > 0) checkHolders(model, step, kind, steps, around);
  }
}

/** A lock that somebody holds is named before places and agents, and so are the steps that hold it. */
function checkHolders(
  model: JournalModel,
  { def, place }: StepBook,
  kind: string,
  named: readonly string[],
  around: Surroundings,
): void {
  if (kind !== "slot" && kind !== "agent" && kind !== "lock") return;
  if (place !== "idle" && place !== "backoff") return;
  const full = def.locks.find((lock) => model.holders(lock) + around.holders(lock) >= (model.plan.pools[lock] ?? 1));
  const holders = full === undefined ? [] : [...model.running].filter((one) => one.def.locks.includes(full));
  hold(9, full === undefined || kind === "lock", () => `${def.id} is said to wait for ${kind}, ${full} is taken`);
  if (kind !== "lock") return;
  const ids = holders.map((one) => one.def.id).sort();
  hold(9, named.toSorted().join() === ids.join(), () => `${def.id} waits for ${ids.join()}, not ${named.join()}`);
}

/** The kinds of blockers that would be true. */
function causesOf(
  model: JournalModel,
  step: StepBook,
  t: number,
  blocked: ReadonlyMap<StepBook, ReadonlySet<string>>,
): string[] {
  if (step.place === "idle" && !step.before.every(isMet)) return ["dependency"];
  if (step.live?.asks.size) return ["approval"];
  if (model.isInterrupted) return ["worker"];
  if (step.place === "asking") {
    const about = [...model.decisions.values()].find(({ stepId }) => stepId === step.def.id);
    return [about?.kind === "agent_unavailable" ? "agent" : "approval"];
  }
  if (step.place === "backoff" && step.due > t) return ["backoff"];
  if (model.pausedBy !== null) return ["pause"];
  const open = [...model.decisions.values()].filter(({ kind }) => !LOCAL.has(kind));
  if (open.length > 0) return [open.some(({ stepId }) => stepId === step.def.id) ? "budget" : "pause"];
  return [...(blocked.get(step) ?? [])];
}

/** The next moment at which something is due by time alone. */
function nextDue(model: JournalModel, t: number, around: Surroundings): number | null {
  if (model.finished || model.isInterrupted) return null;
  const dues: number[] = [];
  const { timeout } = model.plan;
  if (timeout !== null && !model.isWaiting && !model.isExpired) dues.push(model.t + timeout - model.active);
  if (!model.isHeld) for (const { due } of model.backoff) dues.push(due);
  for (const { live } of model.running)
    if (live?.stopping === null && live.deadline !== null && live.asks.size === 0) dues.push(live.deadline);
  const isWaiting = model.ready.size + model.backoff.size + model.decisions.size > 0;
  for (const limit of model.money.limits) {
    const isUsed = (model.money.levels.get(limit.key) ?? "below") !== "below";
    if (isWaiting || isUsed) dues.push(model.money.frees(limit, t, around) ?? t);
  }
  return dues.reduce<number | null>((next, due) => (due > t && (next === null || due < next) ? due : next), null);
}
