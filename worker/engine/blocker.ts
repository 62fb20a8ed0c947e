import { formatDuration } from "../../schemas/duration.ts";
import type { Blocker } from "../../schemas/execution.ts";
import { amountIn, freesAt, leftOf, moneyFor, nameOf, reservationOf, standingsOf, type Standing } from "./limits.ts";
import { agentHasRoom, capacityOf, lockInTheWay } from "./room.ts";
import {
  agentOf,
  CONCERNS_ITS_STEP,
  isMet,
  NOTHING_AROUND,
  stepAt,
  type ExecutionState,
  type StepState,
  type Surroundings,
} from "./state.ts";

/**
 * Names what keeps a step from going on (invariant 9); null when it works, has ended or is moved on by the next decision. Who asks about
 * many steps of one moment gives the `standings` of all limits.
 */
export function blockerOf(
  state: ExecutionState,
  step: StepState,
  t: number,
  around: Surroundings = NOTHING_AROUND,
  standings?: readonly Standing[],
): Blocker | null {
  const { phase } = step;
  if (state.interrupted !== null && phase.kind !== "pending" && phase.kind !== "ended") {
    return named("worker", "the worker that ran it is gone: resume the execution");
  }
  switch (phase.kind) {
    case "pending":
      return waitsForSteps(state, step);
    case "asking":
      return waitsForAnswer(state, step);
    case "waiting":
      if (phase.due > t)
        return named("backoff", `${quotaWait(step, t)}next attempt in ${formatDuration(phase.due - t)}`);
      break;
    case "ready":
      break;
    case "running":
      return phase.live.asks === 0 ? null : waitsForAnswer(state, step);
    case "settling":
    case "ended":
      return null;
    default:
      phase satisfies never;
  }
  return heldBack(state, step) ?? waitsForRoom(state, step, t, around, standings ?? standingsOf(state, t, around));
}

function named(kind: Blocker["kind"], detail: string, steps: string[] = []): Blocker {
  return { kind, detail, steps };
}

function waitsForSteps(state: ExecutionState, step: StepState): Blocker {
  const open = step.definition.dependencies.flatMap((id) => {
    const index = state.indexOf.get(id);
    const dependency = index === undefined ? undefined : stepAt(state, index);
    return dependency && !isMet(dependency) ? [dependency.definition] : [];
  });
  const first = open[0]?.title ?? "";
  const detail = open.length > 1 ? `"${first}" and ${open.length - 1} more` : `"${first}"`;
  return named(
    "dependency",
    `waits for ${detail}`,
    open.map(({ id }) => id),
  );
}

/** Since when a used-up quota is waited for. */
function quotaWait(step: StepState, t: number): string {
  if (step.phase.kind !== "waiting" || step.phase.until === null || step.quota === null) return "";
  return `the quota of agent ${agentOf(step)} has been used up for ${formatDuration(t - step.quota.since)}: `;
}

function waitsForAnswer(state: ExecutionState, step: StepState): Blocker {
  const decision = decisionAbout(state, step.definition.id);
  const kind = decision?.kind === "agent_unavailable" ? "agent" : "approval";
  return named(kind, `waits for a person: ${(decision?.choices ?? []).join(", ")}`);
}

function decisionAbout(state: ExecutionState, stepId: string): ReturnType<ExecutionState["decisions"]["get"]> {
  for (const decision of state.decisions.values()) if (decision.stepId === stepId) return decision;
  return undefined;
}

/** Nothing starts at all. */
function heldBack(state: ExecutionState, step: StepState): Blocker | null {
  if (state.paused) return named("pause", `paused by ${state.paused.by}`);
  for (const { kind, stepId, choices } of state.decisions.values()) {
    if (CONCERNS_ITS_STEP.has(kind)) continue;
    if (stepId === step.definition.id) return named("budget", `waits for a person: ${choices.join(", ")}`);
    const index = state.indexOf.get(stepId);
    const title = index === undefined ? stepId : stepAt(state, index).definition.title;
    return named("pause", `nothing starts until "${title}" is decided`, [stepId]);
  }
  return null;
}

function waitsForRoom(
  state: ExecutionState,
  step: StepState,
  t: number,
  around: Surroundings,
  standings: readonly Standing[],
): Blocker | null {
  const { definition } = step;
  const money = moneyFor(state, step, standings, t, around);
  if (money.kind !== "fits") return waitsForMoney(state, step, money.standing, t, around);
  const lock = lockInTheWay(state, around, new Map(), definition);
  if (lock !== null) return waitsForLock(state, lock);
  const agent = agentOf(step);
  if (!agentHasRoom(state, around, 0, agent)) return named("agent", `agent ${agent} is at its limit`);
  if (state.running.size >= state.plan.maxConcurrent)
    return named("slot", `${state.running.size} of ${state.plan.maxConcurrent} places are taken`);
  return definition.locks.length > 0 ? named("lock", "another step that needs the same lock is first") : null;
}

function waitsForMoney(
  state: ExecutionState,
  step: StepState,
  standing: Standing,
  t: number,
  around: Surroundings,
): Blocker {
  const { limit } = standing;
  const left = leftOf(standing);
  const frees = freesAt(state, limit, t, around);
  const window = frees === null ? "" : `; its window moves on in ${formatDuration(frees - t)}`;
  if (left < 0) return named("budget", `${nameOf(limit)} is passed by ${amountIn(state, -left)}${window}`);
  const needed = amountIn(state, reservationOf(state, step));
  return named("budget", `needs ${needed} of ${limit.label}, ${amountIn(state, left)} is left${window}`);
}

function waitsForLock(state: ExecutionState, lock: string): Blocker {
  const holders = [...(state.lockHolders.get(lock) ?? [])].map((index) => stepAt(state, index).definition);
  const [first] = holders;
  const who = first
    ? `held by "${first.title}"${holders.length > 1 ? ` and ${holders.length - 1} more` : ""}`
    : "held by another execution";
  const capacity = capacityOf(state, lock);
  return named(
    "lock",
    `waits for ${lock}, ${who}${capacity > 1 ? ` (${capacity} at a time)` : ""}`,
    holders.map(({ id }) => id),
  );
}
