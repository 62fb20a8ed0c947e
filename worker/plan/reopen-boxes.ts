import type { Plan } from "../../schemas/plan.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { boxMarks } from "../spec/box-marks.ts";
import { parseSpec } from "../spec/parse.ts";
import { replaceAt } from "../spec/replace-at.ts";
import type { Reached } from "./replan.ts";

/**
 * The text of a spec as it would be without the ticks of an execution, so that what it has done are steps of a new plan again
 * (catalogue A7). What a person ticked stays ticked. `before` is the plan that the execution runs.
 */
export function reopenBoxes(text: string, path: string, before: Plan, reached: Reached): string {
  const { tasks, dialect } = parseSpec(text, path, { ...before.reading, dialect: before.dialect });
  const steps = new Map(before.steps.map((step) => [step.id, step]));
  const settled = new Set(before.settled.map(({ id }) => id));
  const open = new Set<string>();
  for (const { id, state } of tasks) {
    // Simulated steps never tick boxes.
    const isOurs = steps.get(id)?.simulated === false && reached.get(id)?.status === "completed";
    if (state === "done" && isOurs) open.add(id);
  }
  for (const id of followers(tasks, open)) if (!settled.has(id) && !steps.has(id)) open.add(id);
  const to = boxMarks(dialect).open;
  return replaceAt(
    text,
    tasks.flatMap(({ id, box }) => (box && open.has(id) ? [{ start: box.start, end: box.end, to }] : [])),
  );
}

/** Ticked tasks without work of their own whose boxes follow: parents those of their children, checkpoints those before them. */
function followers(tasks: readonly SpecTask[], open: ReadonlySet<string>): string[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const parents = new Set(tasks.flatMap(({ parent }) => (parent === null ? [] : [parent])));
  const above = new Set<string>();
  const found: string[] = [];
  let hasOpen = false;
  for (const task of tasks) {
    if (open.has(task.id)) {
      hasOpen = true;
      for (let at = task.parent; at !== null && !above.has(at); at = byId.get(at)?.parent ?? null) above.add(at);
    }
    if (hasOpen && task.checkpoint && task.instructions === "" && !parents.has(task.id)) found.push(task.id);
  }
  return [...found, ...above].filter((id) => {
    const task = byId.get(id);
    return task?.state === "done" && !hasOwnWork(task);
  });
}

function hasOwnWork({ attributes, inherited }: SpecTask): boolean {
  const { command, check, outputs, agent } = attributes;
  return command !== null || check !== null || outputs.length > 0 || (agent !== null && !inherited.includes("agent"));
}
