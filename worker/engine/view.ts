import type {
  Costs,
  ExecutionProgress,
  ExecutionStatus,
  ExecutionView,
  StepStatus,
  StepView,
} from "../../schemas/execution.ts";
import type { Decision } from "../../schemas/decision.ts";
import { fromMicros } from "../../schemas/money.ts";
import { blockerOf } from "./blocker.ts";
import { SPEC_LIMIT, standingsOf, type Standing } from "./limits.ts";
import {
  agentOf,
  isHeld,
  NOTHING_AROUND,
  readySteps,
  stepAt,
  stepNamed,
  type ExecutionState,
  type StepState,
  type Surroundings,
} from "./state.ts";
import { allowedSince } from "./usage.ts";

const WAITING_SHOWN = 20;

/** The whole execution as clients see it, at the time `t` of its clock. */
export function viewOf(
  state: ExecutionState,
  t: number,
  specPath: string,
  around: Surroundings = NOTHING_AROUND,
): ExecutionView {
  return {
    executionId: state.executionId,
    planId: state.planId,
    title: state.title,
    specPath,
    status: statusOf(state),
    startedAt: state.startedAt,
    completedAt: state.finished?.at ?? null,
    failure: state.finished?.failure ?? null,
    simulated: state.steps.some((step) => step.definition.simulated),
    progress: progressOf(state, t, around),
    steps: stepViews(state, t, around),
    artifacts: state.steps.flatMap((step) =>
      step.artifacts.map((artifact) => ({
        ...artifact,
        stepId: step.definition.id,
        simulated: step.definition.simulated,
      })),
    ),
    costs: costsOf(state),
    notices: [],
    seq: state.seq,
  };
}

/** Progress in one small object (catalogue C6). */
export function progressOf(state: ExecutionState, t: number, around: Surroundings = NOTHING_AROUND): ExecutionProgress {
  const running = [...state.running].flatMap((index) => {
    const { definition, phase } = stepAt(state, index);
    if (phase.kind !== "running") return [];
    const { agent, attempt, attemptId, started, asks } = phase.live;
    const { id: stepId, title, simulated } = definition;
    const asked = asks === 0 ? null : questionOf(state, attemptId);
    return [{ stepId, title, agent, simulated, attempt, elapsed: Math.max(0, t - started), asks: asked }];
  });
  running.sort((a, b) => b.elapsed - a.elapsed);
  const { completed, failed, skipped, cancelled } = state.counts;
  return {
    executionId: state.executionId,
    status: statusOf(state),
    completed,
    failed,
    skipped: skipped + cancelled,
    total: state.steps.length,
    currentStep: running[0]?.title ?? null,
    running,
    waiting: waitingSteps(state, t, around),
    waitingTotal: state.steps.length - completed - failed - skipped - cancelled - running.length,
    elapsed: state.finished ? state.t : t,
    remaining: remainingTime(state, t),
    expectedCost: expectedCost(state),
    decisions: decisionsOf(state),
    stalled: null,
    costs: costsOf(state),
  };
}

/** What an attempt asks first. */
function questionOf({ decisions }: ExecutionState, attemptId: string): string | null {
  for (const { request, message } of decisions.values()) if (request?.attemptId === attemptId) return message;
  return null;
}

export function statusOf(state: ExecutionState): ExecutionStatus {
  if (state.finished) return state.finished.status;
  if (state.interrupted !== null) return "interrupted";
  if (state.cancel) return "cancelling";
  if (state.paused) return "paused";
  return state.decisions.size > 0 && standsStill(state) ? "waiting" : "running";
}

/** Nothing goes on by itself: what runs waits for answers, and no delay ends by time. */
function standsStill(state: ExecutionState): boolean {
  if (state.settling.size > 0) return false;
  for (const index of state.running) {
    const { phase } = stepAt(state, index);
    if (phase.kind === "running" && phase.live.asks === 0) return false;
  }
  return isHeld(state) || state.waiting.size === 0;
}

/** What waits for a person, oldest first. */
export function decisionsOf(state: ExecutionState): Decision[] {
  return [...state.decisions.values()].map(({ amount, choices, ...decision }) => ({
    ...decision,
    executionId: state.executionId,
    title: stepNamed(state, decision.stepId).definition.title,
    choices: [...choices],
    amount: amount === null ? null : fromMicros(amount),
    currency: state.plan.currency,
  }));
}

function waitingSteps(state: ExecutionState, t: number, around: Surroundings): ExecutionProgress["waiting"] {
  const waiting: ExecutionProgress["waiting"] = [];
  const standings = standingsOf(state, t, around);
  const consider = (index: number): void => {
    const step = stepAt(state, index);
    const blocker = waiting.length < WAITING_SHOWN ? blockerOf(state, step, t, around, standings) : null;
    if (blocker) waiting.push({ stepId: step.definition.id, title: step.definition.title, blocker });
  };
  if (state.finished) return waiting;
  for (const index of state.settling) consider(index);
  for (const { stepId } of state.decisions.values()) {
    const step = stepNamed(state, stepId);
    if (step.phase.kind === "asking") consider(step.index);
  }
  for (const index of state.waiting) consider(index);
  for (const index of readySteps(state)) consider(index);
  for (const step of state.steps) {
    if (waiting.length >= WAITING_SHOWN) break;
    if (step.phase.kind === "pending") consider(step.index);
  }
  return waiting;
}

/** The longer of the longest way that is left and the work that is left shared by all places. Null when an estimate is missing. */
function remainingTime(state: ExecutionState, t: number): number | null {
  if (state.finished) return 0;
  const longest = new Float64Array(state.steps.length);
  let work = 0;
  let way = 0;
  for (const index of state.topological) {
    const { definition, phase, dependents } = stepAt(state, index);
    if (phase.kind === "ended") continue;
    if (definition.duration === null && !definition.skip) return null;
    const elapsed = phase.kind === "running" ? Math.max(0, t - phase.live.started) : 0;
    const backoff = phase.kind === "waiting" ? Math.max(0, phase.due - t) : 0;
    const isOver = definition.skip || (phase.kind === "settling" && phase.outcome === "succeeded");
    const left = isOver ? 0 : Math.max(0, (definition.duration ?? 0) - elapsed);
    const end = (longest[index] ?? 0) + backoff + left;
    work += left;
    way = Math.max(way, end);
    for (const dependent of dependents) longest[dependent] = Math.max(longest[dependent] ?? 0, end);
  }
  return Math.round(Math.max(way, work / state.plan.maxConcurrent));
}

/** What was spent, and what is expected for everything that has not ended; null as soon as one of these is unknown. */
function expectedCost(state: ExecutionState): number | null {
  let sum = state.ledger.spent;
  if (state.ledger.unknown > 0) return null;
  for (const { phase, definition } of state.steps) {
    if (phase.kind === "ended" || definition.skip || definition.simulated) continue;
    if (phase.kind === "settling" && phase.outcome === "succeeded") continue;
    if (definition.cost === null) return null;
    sum += definition.cost;
  }
  return fromMicros(sum);
}

function costsOf(state: ExecutionState): Costs {
  const { ledger, plan } = state;
  const limit = plan.budget && plan.budget.limit + allowedSince(ledger, SPEC_LIMIT, 0);
  const nothingKnown = ledger.unknown > 0 && ledger.byService.size === 0;
  return {
    total: nothingKnown ? null : fromMicros(ledger.spent),
    unknown: ledger.unknown,
    currency: plan.currency,
    certainty: ledger.certainty ?? "measured",
    byService: Object.fromEntries([...ledger.byService].map(([service, micros]) => [service, fromMicros(micros)])),
    limit: limit === null ? null : fromMicros(limit),
    reserved: fromMicros(ledger.reserved + ledger.held),
  };
}

function stepViews(state: ExecutionState, t: number, around: Surroundings): StepView[] {
  const standings = standingsOf(state, t, around);
  return state.steps.map((step) => stepView(state, step, t, around, standings));
}

/** One step in full, but for what only its events tell. */
export function stepView(
  state: ExecutionState,
  step: StepState,
  t: number,
  around: Surroundings,
  standings?: readonly Standing[],
): StepView {
  const { definition, past, phase } = step;
  const first = past[0]?.startedAt ?? (phase.kind === "running" ? phase.live.startedAt : null);
  const known = past.reduce((sum, attempt) => sum + (attempt.duration ?? 0), 0);
  const live = phase.kind === "running" ? Math.max(0, t - phase.live.started) : 0;
  return {
    id: definition.id,
    title: definition.title,
    status: stepStatus(state, step),
    agent: definition.skip ? null : agentOf(step),
    simulated: definition.simulated,
    attempts: step.attempts,
    startTime: first,
    endTime: step.endedAt,
    duration: first === null ? null : known + live,
    result: step.result,
    failure: phase.kind === "ended" || phase.kind === "asking" ? phase.failure : (past.at(-1)?.failure ?? null),
    cost: step.unknownCosts > 0 && step.spent === 0 ? null : fromMicros(step.spent),
    findings: step.findings,
    blocker: state.finished ? null : blockerOf(state, step, t, around, standings),
  };
}

export function stepStatus(state: ExecutionState, { phase }: StepState): StepStatus {
  switch (phase.kind) {
    case "settling":
      // Nothing runs any more when the worker is gone; what follows its last attempt was not decided.
      return state.interrupted === null ? "running" : "waiting";
    case "ended":
      return phase.status;
    case "asking":
      return "waiting";
    case "pending":
    case "ready":
    case "running":
    case "waiting":
      return phase.kind;
  }
}
