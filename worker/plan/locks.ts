import type { PlanStep, StepLock } from "../../schemas/plan.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { fileLocks } from "./file-locks.ts";
import { inferLocks } from "./lock-inference.ts";

/**
 * Gives each step its locks (catalogue C12): those that its task states, those of the files that it works on, and where none
 * are stated, those inferred from its commands. `locks: none` is none at all, and a step that is skipped or simulated has
 * none. An inferred lock is kept where another step has it too, because alone it keeps nobody out.
 */
export function addLocks(
  steps: readonly PlanStep[],
  owners: ReadonlyMap<string, SpecTask>,
  tasks: readonly SpecTask[],
  isInferred: boolean,
): PlanStep[] {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  const holders = steps.flatMap((step) => {
    const task = owners.get(step.id);
    const runs = !step.simulated && (step.decision === "agent" || step.decision === "undecided");
    return task && runs && task.attributes.locks?.length !== 0 ? [{ step, task }] : [];
  });
  const ofFiles = fileLocks(holders, tasks);
  const stated = new Map<string, readonly StepLock[]>();
  const inferred = new Map<string, readonly StepLock[]>();
  for (const { step, task } of holders) {
    const { locks } = task.attributes;
    if (locks !== null)
      stated.set(
        step.id,
        locks.map((name) => ({ name, reason: null })),
      );
    else if (isInferred) {
      const found = inferLocks(runText(step, task, byId));
      if (found.length > 0) inferred.set(step.id, found);
    }
  }
  const counts = new Map<string, number>();
  for (const lists of [stated, inferred]) {
    for (const list of lists.values()) for (const { name } of list) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  if (stated.size + inferred.size + ofFiles.size === 0) return [...steps];
  return steps.map((step) => {
    const shared = (inferred.get(step.id) ?? []).filter(({ name }) => (counts.get(name) ?? 0) > 1);
    const locks = [...(stated.get(step.id) ?? []), ...(ofFiles.get(step.id) ?? []), ...shared];
    return locks.length === 0 ? step : { ...step, locks: unique(locks) };
  });
}

function unique(locks: readonly StepLock[]): StepLock[] {
  const names = new Set<string>();
  return locks.filter(({ name }) => !names.has(name) && names.add(name));
}

/** Variables that come from a parent say little of one of its subtasks, unless its command mentions them. */
function runText(
  { parameters, check }: PlanStep,
  task: SpecTask,
  byId: ReadonlyMap<string, SpecTask>,
): Parameters<typeof inferLocks>[0] {
  const { command, cwd, env } = parameters;
  if (Object.keys(env).length === 0) return { command, check, cwd, env };
  const parent = task.parent === null ? null : byId.get(task.parent);
  const inherited = parent?.attributes.env ?? {};
  const text = `${command?.kind === "shell" ? command.script : ""}\n${check ?? ""}`;
  const own = Object.entries(env).filter(
    ([name, value]) => inherited[name] !== value || text.includes(`$${name}`) || text.includes(`\${${name}`),
  );
  return { command, check, cwd, env: Object.fromEntries(own) };
}
