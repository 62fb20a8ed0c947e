import { agentOf, isMet, rankOf, startOrder, stepAt, type ExecutionState, type StepState } from "./state.ts";

/**
 * Derives everything that follows from the steps' phases: what is ready, doomed and running, loads, locks and counts. Steps that
 * have not begun become pending or ready by what they depend on. After it, single events keep all of this up to date.
 */
export function reindex(state: ExecutionState): void {
  state.ready.length = 0;
  for (const index of [state.running, state.settling, state.waiting, state.doomed, state.agentLoad, state.lockHolders])
    index.clear();
  Object.assign(state.counts, { completed: 0, failed: 0, skipped: 0, cancelled: 0 });
  for (const step of state.steps) {
    step.unmet = 0;
    for (const dependency of step.definition.dependencies) {
      const before = stepAt(state, state.indexOf.get(dependency) ?? -1);
      if (isMet(before)) continue;
      step.unmet += 1;
    }
    place(state, step);
  }
  for (const step of state.steps) {
    if (step.phase.kind !== "ended" || isMet(step)) continue;
    for (const dependent of step.dependents) doom(state, stepAt(state, dependent), step);
  }
  state.ready.sort((a, b) => startOrder(state, b, a));
}

function place(state: ExecutionState, step: StepState): void {
  switch (step.phase.kind) {
    case "pending":
    case "ready":
      step.phase = step.unmet === 0 ? { kind: "ready" } : { kind: "pending" };
      step.rank = rankOf(step.definition, state.t);
      step.readyAt = state.t;
      if (step.unmet === 0) state.ready.push(step.index);
      break;
    case "running":
      occupy(state, step);
      break;
    case "settling":
      state.settling.add(step.index);
      break;
    case "waiting":
      // What it depends on is begun anew: that goes first, and is longer than any delay.
      if (step.unmet > 0) step.phase = { kind: "pending" };
      else state.waiting.add(step.index);
      break;
    case "asking":
      break;
    case "ended":
      state.counts[step.phase.status] += 1;
      break;
    default:
      step.phase satisfies never;
  }
}

/** A pending step whose dependency ended without success will be skipped. */
export function doom(state: ExecutionState, step: StepState, culprit: StepState): void {
  if (step.phase.kind === "pending" && !state.doomed.has(step.index)) state.doomed.set(step.index, culprit.index);
}

/** A running step takes a place, its agent and its locks. */
export function occupy(state: ExecutionState, step: StepState): void {
  const { locks } = step.definition;
  const agent = agentOf(step);
  state.running.add(step.index);
  state.agentLoad.set(agent, (state.agentLoad.get(agent) ?? 0) + 1);
  for (const lock of locks) {
    const holders = state.lockHolders.get(lock);
    if (holders) holders.add(step.index);
    else state.lockHolders.set(lock, new Set([step.index]));
  }
}

export function vacate(state: ExecutionState, step: StepState): void {
  const { locks } = step.definition;
  const agent = agentOf(step);
  state.running.delete(step.index);
  const load = (state.agentLoad.get(agent) ?? 1) - 1;
  if (load === 0) state.agentLoad.delete(agent);
  else state.agentLoad.set(agent, load);
  for (const lock of locks) {
    const holders = state.lockHolders.get(lock);
    holders?.delete(step.index);
    if (holders?.size === 0) state.lockHolders.delete(lock);
  }
}

/** Begins the step anew: it is ready, or waits for what it depends on. */
export function queueUp(state: ExecutionState, step: StepState): void {
  if (step.unmet > 0) {
    step.phase = { kind: "pending" };
    const culprit = step.definition.dependencies
      .map((id) => stepAt(state, state.indexOf.get(id) ?? -1))
      .find((before) => before.phase.kind === "ended" && !isMet(before));
    if (culprit) doom(state, step, culprit);
    return;
  }
  step.phase = { kind: "ready" };
  step.rank = rankOf(step.definition, state.t);
  step.readyAt = state.t;
  let low = 0;
  let high = state.ready.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startOrder(state, state.ready[middle] ?? 0, step.index) > 0) low = middle + 1;
    else high = middle;
  }
  state.ready.splice(low, 0, step.index);
}
