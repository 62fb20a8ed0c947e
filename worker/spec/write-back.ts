import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { parseSpec } from "./parse.ts";

/** A finished task, as it was when the plan was made. A `PlanStep` is one. */
export interface TickMark {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  /** Empty for a step that no task stands behind; it has no box. */
  readonly fingerprint: string;
}

export interface TickResult {
  readonly text: string;
  readonly changed: boolean;
  /** Boxes that were left alone, and why; one sentence each. */
  readonly notices: string[];
}

/**
 * Ticks the boxes of finished tasks (semantics, Write-back; catalogue A8). Only the character between the brackets changes.
 * The text is read anew, so a task is found wherever it stands now; when its own words have changed, its box is left alone.
 * A parent without work of its own is ticked after all its children, a bare checkpoint after all tasks before it.
 */
export function tickBoxes(text: string, path: string, marks: readonly TickMark[]): TickResult {
  const document = parseSpec(text, path);
  const hasBoxes = document.tasks.some((task) => task.box !== null);
  const finder = new TaskFinder(document.tasks);
  const ticked = new Set<SpecTask>();
  const notices: string[] = [];
  for (const mark of marks) {
    if (mark.fingerprint === "" || !hasBoxes) continue;
    const found = finder.find(mark);
    if (typeof found === "string")
      notices.push(`the box of "${mark.title}" (line ${mark.line} of the plan) was left alone: ${found}`);
    else if (found.box !== null && found.state !== "done") ticked.add(found);
  }
  if (ticked.size > 0) addParentsAndCheckpoints(document, ticked);
  const places = [...ticked].map((task) => task.box?.start ?? -1).filter((place) => place >= 0);
  return {
    text: replaceAt(
      text,
      places.sort((a, b) => a - b),
    ),
    changed: places.length > 0,
    notices,
  };
}

class TaskFinder {
  readonly #byId = new Map<string, SpecTask>();
  readonly #byWords = new Map<string, SpecTask[]>();

  constructor(tasks: readonly SpecTask[]) {
    for (const task of tasks) {
      this.#byId.set(task.id, task);
      const words = `${task.fingerprint} ${task.title}`;
      const same = this.#byWords.get(words);
      if (same) same.push(task);
      else this.#byWords.set(words, [task]);
    }
  }

  /** The task, or why it is not certain which one it is. Ids made from titles can move from one task to another, so the words decide. */
  find(mark: TickMark): SpecTask | string {
    const sameId = this.#byId.get(mark.id);
    if (sameId?.title === mark.title && sameId.fingerprint === mark.fingerprint) return sameId;
    const sameWords = this.#byWords.get(`${mark.fingerprint} ${mark.title}`) ?? [];
    const [only, another] = sameWords;
    if (only && !another) return only;
    if (another) return "several tasks have the same words now";
    return sameId ? "the text of the task has changed since the plan was made" : "the task is no longer in the file";
  }
}

function addParentsAndCheckpoints(document: SpecDocument, ticked: Set<SpecTask>): void {
  const isDone = (task: SpecTask): boolean => task.box === null || task.state === "done" || ticked.has(task);
  const childrenOf = new Map<string, SpecTask[]>();
  for (const task of document.tasks) {
    if (task.parent === null) continue;
    const children = childrenOf.get(task.parent);
    if (children) children.push(task);
    else childrenOf.set(task.parent, [task]);
  }
  const byId = new Map(document.tasks.map((task) => [task.id, task]));
  const addParents = (task: SpecTask): void => {
    let parent = task.parent === null ? undefined : byId.get(task.parent);
    while (parent && !parent.runs && (childrenOf.get(parent.id) ?? []).every(isDone)) {
      if (!isDone(parent)) ticked.add(parent);
      parent = parent.parent === null ? undefined : byId.get(parent.parent);
    }
  };
  for (const task of [...ticked]) addParents(task);
  let checked = 0;
  for (const checkpoint of document.checkpoints) {
    while (checked < checkpoint.before && isBehind(document.tasks[checked], checkpoint.task, byId, isDone))
      checked += 1;
    if (checked < checkpoint.before) break;
    const task = checkpoint.task === null ? undefined : byId.get(checkpoint.task);
    if (task === undefined || task.runs || childrenOf.has(task.id) || isDone(task)) continue;
    ticked.add(task);
    addParents(task);
  }
}

/** A parent of the checkpoint cannot be over before it, so only its other tasks count. */
function isBehind(
  task: SpecTask | undefined,
  checkpoint: string | null,
  byId: ReadonlyMap<string, SpecTask>,
  isDone: (task: SpecTask) => boolean,
): boolean {
  if (task === undefined || isDone(task)) return true;
  let at = checkpoint === null ? undefined : byId.get(checkpoint);
  while (at?.parent) {
    if (at.parent === task.id) return true;
    at = byId.get(at.parent);
  }
  return false;
}

function replaceAt(text: string, places: readonly number[]): string {
  let result = "";
  let from = 0;
  for (const place of places) {
    result += `${text.slice(from, place)}x`;
    from = place + 1;
  }
  return result + text.slice(from);
}
