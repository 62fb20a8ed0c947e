import type { StepGlance } from "../../schemas/execution.ts";
import type { Plan, PlanStep } from "../../schemas/plan.ts";
import { criticalSteps } from "./critical-steps.ts";

/** A stretch of time on the clock of an execution, in milliseconds since its start. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

export interface AttemptBar extends Stretch {
  readonly attempt: number;
  readonly outcome: "running" | "succeeded" | "failed" | "cancelled" | "interrupted";
}

/** A step on the timeline. */
export interface TimelineRow {
  readonly step: PlanStep;
  /** Null: it has not begun. */
  readonly glance: StepGlance | null;
  readonly attempts: readonly AttemptBar[];
  /** Between attempts, and behind the last one while the step waits. */
  readonly waits: readonly Stretch[];
  /** As estimated: from where it began, or from where it can be expected to. Null: it is not run. */
  readonly planned: (Stretch & { readonly estimated: boolean }) | null;
  readonly critical: boolean;
}

/** How long a step counts that nobody has an estimate for, where no other one has either. */
const NOMINAL_MS = 60_000;

/** One row a step, in plan order. `now`: the execution's clock; 0 for a plan that has not been executed. */
export function timelineRows(plan: Plan, glances: ReadonlyMap<string, StepGlance>, now: number): TimelineRow[] {
  const critical = criticalSteps(plan.criticalPath);
  const expected = expectedTimes(plan, glances, now);
  return plan.steps.map((step) => {
    const glance = glances.get(step.id) ?? null;
    const attempts = attemptsOf(glance, now);
    return {
      step,
      glance,
      attempts,
      waits: waitsOf(glance, attempts, now),
      planned: isLeftOut(step, glance) ? null : plannedOf(step, attempts, expected),
      critical: critical.has(step.id),
    };
  });
}

/** From the first attempt, or the expected start, to the end of everything that is drawn of a step. Null: nothing is. */
export function extentOf({ attempts, waits, planned }: TimelineRow): Stretch | null {
  const all = [...attempts, ...waits, ...(planned === null ? [] : [planned])];
  if (all.length === 0) return null;
  return { start: Math.min(...all.map(({ start }) => start)), end: Math.max(...all.map(({ end }) => end)) };
}

/** Rows in the order in which they begin; those that are not run come last. */
export function byStart(rows: readonly TimelineRow[]): TimelineRow[] {
  const starts = new Map(rows.map((row) => [row, extentOf(row)?.start ?? Number.POSITIVE_INFINITY]));
  const startOf = (row: TimelineRow): number => starts.get(row) ?? 0;
  return [...rows].sort((a, b) => (startOf(a) === startOf(b) ? 0 : startOf(a) - startOf(b)));
}

/** Steps side by side in as few lanes as their times allow: how many run at once is how many lanes are in use. */
export function packedLanes(rows: readonly TimelineRow[]): TimelineRow[][] {
  const lanes: { readonly rows: TimelineRow[]; end: number }[] = [];
  for (const row of byStart(rows)) {
    const extent = extentOf(row);
    if (extent === null) continue;
    const free = lanes.find(({ end }) => end <= extent.start);
    if (free) {
      free.rows.push(row);
      free.end = extent.end;
    } else lanes.push({ rows: [row], end: extent.end });
  }
  return lanes.map((lane) => lane.rows);
}

function attemptsOf(glance: StepGlance | null, now: number): AttemptBar[] {
  return (glance?.spans ?? []).map(({ attempt, start, end, outcome }) => ({
    attempt,
    start,
    end: end ?? Math.max(start, now),
    outcome: outcome ?? "running",
  }));
}

function waitsOf(glance: StepGlance | null, attempts: readonly AttemptBar[], now: number): Stretch[] {
  const waits = attempts.slice(1).flatMap(({ start }, index) => {
    const before = attempts[index]?.end ?? start;
    return start > before ? [{ start: before, end: start }] : [];
  });
  const last = attempts.at(-1);
  const waitsNow = glance?.status === "waiting" || glance?.status === "ready";
  if (waitsNow && last !== undefined && last.end < now) waits.push({ start: last.end, end: now });
  return waits;
}

function plannedOf(
  step: PlanStep,
  attempts: readonly AttemptBar[],
  expected: ReadonlyMap<string, Stretch>,
): TimelineRow["planned"] {
  const estimated = step.estimatedDuration !== null;
  const [first] = attempts;
  if (first === undefined) {
    const times = expected.get(step.id);
    return times === undefined ? null : { ...times, estimated };
  }
  // Without an estimate there is nothing to compare with what happened.
  return step.estimatedDuration === null
    ? null
    : { start: first.start, end: first.start + step.estimatedDuration, estimated };
}

function isLeftOut(step: PlanStep, glance: StepGlance | null): boolean {
  if (glance === null) return step.decision === "skip";
  return glance.spans.length === 0 && (glance.status === "skipped" || glance.status === "cancelled");
}

/**
 * When each step can be expected to run: as soon as what it depends on has ended and a place is free, in plan order, no earlier
 * than now. Steps that have ended or run count with their real times.
 */
function expectedTimes(plan: Plan, glances: ReadonlyMap<string, StepGlance>, now: number): Map<string, Stretch> {
  const usual = usualDuration(plan);
  const times = new Map<string, Stretch>();
  const waiting = new Map<string, number>();
  const followers = new Map<string, PlanStep[]>();
  const known = new Set(plan.steps.map(({ id }) => id));
  const order = new Map(plan.steps.map(({ id }, index) => [id, index]));
  for (const step of plan.steps) {
    const needed = step.dependencies.filter((id) => known.has(id));
    waiting.set(step.id, needed.length);
    for (const id of needed) followers.set(id, [...(followers.get(id) ?? []), step]);
  }
  const ready = plan.steps.filter(({ id }) => waiting.get(id) === 0);
  const running: { step: PlanStep; end: number; takesPlace: boolean }[] = [];
  let places = plan.maxConcurrent;
  let clock = 0;
  const begin = (step: PlanStep): void => {
    const { start, end } = timesOf(step, glances.get(step.id) ?? null, { clock, now, usual });
    const takesPlace = end > clock;
    times.set(step.id, { start, end });
    if (takesPlace) places -= 1;
    const place = running.findIndex((other) => other.end > end);
    running.splice(place === -1 ? running.length : place, 0, { step, end, takesPlace });
  };
  while (ready.length > 0 || running.length > 0) {
    while (ready.length > 0 && places > 0) {
      const [next] = ready.splice(0, 1);
      if (next) begin(next);
    }
    const ended = running.shift();
    if (ended === undefined) break;
    clock = Math.max(clock, ended.end);
    if (ended.takesPlace) places += 1;
    for (const follower of followers.get(ended.step.id) ?? []) {
      const left = (waiting.get(follower.id) ?? 0) - 1;
      waiting.set(follower.id, left);
      if (left === 0) insertInOrder(ready, follower, order);
    }
  }
  return times;
}

function timesOf(
  step: PlanStep,
  glance: StepGlance | null,
  { clock, now, usual }: { readonly clock: number; readonly now: number; readonly usual: number },
): Stretch {
  const duration = isLeftOut(step, glance) ? 0 : (step.estimatedDuration ?? usual);
  const first = glance?.spans[0];
  const last = glance?.spans.at(-1);
  if (first === undefined || last === undefined) {
    const start = duration === 0 ? clock : Math.max(clock, now);
    return { start, end: start + duration };
  }
  const isOver = glance?.status === "completed" || glance?.status === "failed" || glance?.status === "cancelled";
  return { start: first.start, end: isOver && last.end !== null ? last.end : Math.max(now, last.start + duration) };
}

/** The mean of what is known, so that a step without an estimate is neither nothing nor everything. */
function usualDuration({ steps }: Plan): number {
  const known = steps.flatMap(({ estimatedDuration }) => estimatedDuration ?? []);
  if (known.length === 0) return NOMINAL_MS;
  return Math.max(1, known.reduce((sum, duration) => sum + duration, 0) / known.length);
}

function insertInOrder(ready: PlanStep[], step: PlanStep, order: ReadonlyMap<string, number>): void {
  const rank = order.get(step.id) ?? 0;
  const place = ready.findIndex(({ id }) => (order.get(id) ?? 0) > rank);
  ready.splice(place === -1 ? ready.length : place, 0, step);
}
