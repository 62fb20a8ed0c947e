import type { Plan } from "../../schemas/plan.ts";
import type { Report } from "../../schemas/report.ts";
import { referencesTo } from "../../schemas/requirement-references.ts";

/** What more of them serve is one of few requirements that all do. */
const TASKS_LISTED = 50;
/** Of what only tasks name. */
const OTHERS_LISTED = 5_000;

type ReportRequirement = Report["requirements"][number];

interface Serving {
  readonly task: ReportRequirement["tasks"][number];
  /** Somebody chose not to do it. */
  readonly isLeftOut: boolean;
}

/**
 * What was asked for and what serves it: the requirements beside the spec in their order, then what tasks refer to beyond them. A task
 * that refers to `1` serves all of its criteria. Headings are listed only where tasks refer to them as a whole.
 */
export function reportRequirements(plan: Plan, steps: Report["steps"]): ReportRequirement[] {
  const byReference = servingTasks(plan, steps);
  const known = new Set(plan.requirements.map(({ id }) => id));
  const others = [...byReference.keys()].filter((id) => !known.has(id)).slice(0, OTHERS_LISTED);
  const all = [
    ...plan.requirements,
    ...others.map((id) => ({ id, title: null, criterion: true, path: null, line: null })),
  ];
  return all.flatMap(({ criterion, ...requirement }) => {
    const named = referencesTo(requirement.id).flatMap((id) => byReference.get(id) ?? []);
    const serving = [...new Set(named)];
    if (!criterion && serving.length === 0) return [];
    const tasks = serving.slice(0, TASKS_LISTED).map(({ task }) => task);
    return [{ ...requirement, state: stateOf(serving), tasks, moreTasks: serving.length - tasks.length }];
  });
}

/** By what they refer to: what was done or left out before, then the steps of the plan. */
function servingTasks(plan: Plan, steps: Report["steps"]): Map<string, Serving[]> {
  const reached = new Map(steps.map((step) => [step.id, step]));
  const byReference = new Map<string, Serving[]>();
  const add = (serving: Serving, references: readonly string[]): void => {
    for (const id of references) {
      const list = byReference.get(id);
      if (list) list.push(serving);
      else byReference.set(id, [serving]);
    }
  };
  for (const { id, title, state, requirements } of plan.settled) {
    const isDone = state === "done";
    const task = { id, title, status: isDone ? "completed" : "skipped", before: true, simulated: false } as const;
    add({ task, isLeftOut: !isDone }, requirements);
  }
  for (const { id, title, decision, requirements } of plan.steps) {
    const step = reached.get(id);
    const [status, simulated] = [step?.status ?? "pending", step?.simulated ?? false];
    add({ task: { id, title, status, before: false, simulated }, isLeftOut: decision === "skip" }, requirements);
  }
  return byReference;
}

/** Only real work counts, and what somebody chose to leave out holds nothing back. */
function stateOf(serving: readonly Serving[]): ReportRequirement["state"] {
  if (serving.length === 0) return "uncovered";
  const wanted = serving.filter(({ isLeftOut }) => !isLeftOut);
  const done = wanted.filter(({ task }) => task.status === "completed" && !task.simulated).length;
  return done === 0 ? "open" : done === wanted.length ? "done" : "partly";
}
