import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecTask } from "../../schemas/spec.ts";
import { quoted } from "./quoted.ts";

/** Parts that are named in a message; the others are counted. */
const PARTS_NAMED = 3;

/**
 * Tells of parents whose own mark does not go with those of their parts (catalogue A6). Parts that are left out, or optional, hold
 * nobody back; a parent with work of its own may be open when its parts are done.
 */
export function findStateConflicts(tasks: readonly SpecTask[]): Diagnostic[] {
  const parts = new Map<string, SpecTask[]>();
  for (const task of tasks) {
    if (task.parent === null) continue;
    const siblings = parts.get(task.parent);
    if (siblings) siblings.push(task);
    else parts.set(task.parent, [task]);
  }
  return tasks.flatMap((task) => {
    const own = parts.get(task.id);
    return own ? conflictOf(task, own) : [];
  });
}

function conflictOf(parent: SpecTask, parts: readonly SpecTask[]): Diagnostic[] {
  const open = parts.filter(({ state, optional }) => (state === "open" || state === "running") && !optional);
  const range = parent.box ?? parent.range;
  if (parent.state === "done" && open.length > 0) {
    const named = open.slice(0, PARTS_NAMED).map(({ title, range: { line } }) => `${quoted(title)} (line ${line})`);
    const more = open.length > PARTS_NAMED ? ` and ${open.length - PARTS_NAMED} more` : "";
    const are = open.length === 1 ? "a part of it is open" : `${open.length} of its parts are open`;
    const message = `${quoted(parent.title)} is marked as done, but ${are}: ${named.join(", ")}${more}; mark it as open until that is done, or mark that as done, too`;
    const steps = [parent.id, ...open.map(({ id }) => id)];
    return [{ code: "done-parent", severity: "warning", message, range, steps }];
  }
  const isDone = parts.some(({ state }) => state === "done") && parts.every(isOver);
  if ((parent.state === "open" || parent.state === "running") && isDone && !parent.runs && parent.box !== null) {
    const message = `all parts of ${quoted(parent.title)} are done, but it is not marked so: mark it as done`;
    return [{ code: "open-parent", severity: "info", message, range, steps: [parent.id] }];
  }
  return [];
}

function isOver({ state }: SpecTask): boolean {
  return state === "done" || state === "skipped";
}
