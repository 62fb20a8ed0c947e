import type { AttemptSpan, StepGlance } from "../../schemas/execution.ts";
import { fromMicros } from "../../schemas/money.ts";
import { agentOf, type ExecutionState, type StepState } from "./state.ts";
import { stepStatus } from "./view.ts";

/** Beyond this the oldest attempts of a step are left out of its glance: a step that is tried for ever stays small. */
const SPANS_SHOWN = 50;
/** Characters of a failure that a glance tells. */
const PROBLEM_LENGTH = 200;

/** A step in few words, at the time `t` of the execution's clock. */
export function glanceOf(state: ExecutionState, step: StepState, t: number): StepGlance {
  const { definition, past, phase } = step;
  const spans: AttemptSpan[] = past.map(({ attempt, started, ended, outcome }) => ({
    attempt,
    start: started,
    end: ended,
    outcome,
  }));
  if (phase.kind === "running")
    spans.push({ attempt: phase.live.attempt, start: phase.live.started, end: null, outcome: null });
  const known = past.reduce((sum, { duration }) => sum + (duration ?? 0), 0);
  const live = phase.kind === "running" ? Math.max(0, t - phase.live.started) : 0;
  return {
    id: definition.id,
    status: stepStatus(state, step),
    agent: definition.skip ? null : agentOf(step),
    simulated: definition.simulated,
    duration: spans.length === 0 ? null : known + live,
    cost: step.unknownCosts > 0 && step.spent === 0 ? null : fromMicros(step.spent),
    spans: spans.slice(-SPANS_SHOWN),
    problem: problemOf(step),
  };
}

/** What changes whenever a glance changes by more than the passing of time. */
export function glanceMark(state: ExecutionState, step: StepState): string {
  const { definition, past, spent, unknownCosts, attempts } = step;
  return `${stepStatus(state, step)} ${attempts} ${past.length} ${spent} ${unknownCosts} ${agentOf(step)} ${definition.skip}`;
}

/** Of a step that nobody has heard of, because nothing has happened to it. */
export function hasBegun({ phase, attempts }: StepState): boolean {
  return phase.kind !== "pending" || attempts > 0;
}

function problemOf({ phase, past }: StepState): string | null {
  if (phase.kind === "running") return null;
  const known = phase.kind === "ended" || phase.kind === "asking" ? phase.failure : (past.at(-1)?.failure ?? null);
  if (!known) return null;
  const line = known.message.split("\n", 1)[0] ?? "";
  return line.length > PROBLEM_LENGTH ? `${line.slice(0, PROBLEM_LENGTH - 1)}…` : line;
}
