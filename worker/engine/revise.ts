import type { EventOf } from "../../schemas/event.ts";
import { planPart } from "./create.ts";
import { reindex } from "./reindex.ts";
import { beginAnew } from "./reopen.ts";
import { isMet, type ExecutionState, type StepState } from "./state.ts";
import { track } from "./usage.ts";

/**
 * The execution goes on under another plan (catalogue A7). Steps that the new plan also has keep what they have reached, unless
 * they are stale. Running attempts of stale steps go on until they are stopped, and their answer does not count.
 */
export function revise(before: ExecutionState, event: EventOf<"plan.revised">): ExecutionState {
  const stale = new Set(event.stale);
  const { planId, planHash, title } = event;
  const state: ExecutionState = {
    ...before,
    ...planPart(event.plan),
    planId,
    planHash,
    title,
    finished: null,
    cancel: null,
    failFast: null,
    aborted: null,
    expired: false,
    timeoutFrom: event.t,
    idleSince: null,
  };
  for (const step of state.steps) {
    const index = before.indexOf.get(step.definition.id);
    const old = index === undefined ? undefined : before.steps[index];
    if (!old) continue;
    const { phase } = old;
    // What it has reached stays; what it is and where it stands follow from the new plan.
    const { index: place, definition, dependents, unmet } = step;
    const chain = hasOtherAgents(old, step) ? step.chain : old.chain;
    Object.assign(step, { ...old, index: place, definition, dependents, unmet, chain });
    if (stale.has(step.definition.id)) outdate(step);
    // What was not run because of something that may be mended now gets its chance.
    else if (phase.kind === "ended" && phase.status !== "failed" && !isMet(step)) beginAnew(step);
  }
  track(state.ledger, state.limits);
  reindex(state);
  return state;
}

function hasOtherAgents({ definition: a }: StepState, { definition: b }: StepState): boolean {
  return a.agent !== b.agent || a.fallbacks.join("\n") !== b.fallbacks.join("\n");
}

function outdate(step: StepState): void {
  const { phase } = step;
  if (phase.kind === "running") step.phase = { kind: "running", live: { ...phase.live, isStale: true } };
  else if (phase.kind === "settling") step.phase = { kind: "settling", outcome: "stale", failure: null };
  else beginAnew(step);
}
