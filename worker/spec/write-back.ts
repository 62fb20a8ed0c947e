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
  const ticker = new Ticker(document);
  const notices: string[] = [];
  for (const mark of marks) {
    if (mark.fingerprint === "" || !hasBoxes) continue;
    const found = finder.find(mark);
    if (typeof found !== "string") ticker.tick(found);
    else notices.push(`the box of "${mark.title}" (line ${mark.line} of the plan) was left alone: ${found}`);
  }
  if (ticker.places.length > 0) ticker.tickCheckpoints();
  const places = ticker.places.sort((a, b) => a - b);
  return { text: replaceAt(text, places), changed: places.length > 0, notices };
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

/** Ticks tasks, and with the last child its parent. Linear, however many are ticked. */
class Ticker {
  /** Offsets of the boxes to tick. */
  readonly places: number[] = [];
  readonly #document: SpecDocument;
  readonly #byId: ReadonlyMap<string, SpecTask>;
  readonly #done = new Set<SpecTask>();
  readonly #children = new Map<string, number>();
  readonly #openChildren = new Map<string, number>();

  constructor(document: SpecDocument) {
    this.#document = document;
    this.#byId = new Map(document.tasks.map((task) => [task.id, task]));
    for (const task of document.tasks) {
      const isDone = task.box === null || task.state === "done";
      if (isDone) this.#done.add(task);
      if (task.parent === null) continue;
      this.#children.set(task.parent, (this.#children.get(task.parent) ?? 0) + 1);
      if (!isDone) this.#openChildren.set(task.parent, (this.#openChildren.get(task.parent) ?? 0) + 1);
    }
  }

  tick(task: SpecTask): void {
    for (let at: SpecTask | null = task; at !== null && !this.#done.has(at);) {
      this.#done.add(at);
      if (at.box) this.places.push(at.box.start);
      const parent: SpecTask | null = at.parent === null ? null : (this.#byId.get(at.parent) ?? null);
      if (parent === null) return;
      const open: number = (this.#openChildren.get(parent.id) ?? 0) - 1;
      this.#openChildren.set(parent.id, open);
      at = open > 0 || parent.runs ? null : parent;
    }
  }

  /** Bare checkpoints are over when all tasks before them are. */
  tickCheckpoints(): void {
    const { tasks, checkpoints } = this.#document;
    let checked = 0;
    // Parents that stand before a checkpoint inside them; they hold back the checkpoints behind them until they are over.
    let openParents: SpecTask[] = [];
    for (const checkpoint of checkpoints) {
      const task = checkpoint.task === null ? null : (this.#byId.get(checkpoint.task) ?? null);
      const above = this.#parentsOf(task);
      for (let before = tasks[checked]; checked < checkpoint.before && before; before = tasks[checked]) {
        if (!this.#done.has(before)) openParents.push(before);
        checked += 1;
      }
      openParents = openParents.filter((parent) => !this.#done.has(parent));
      if (openParents.some((parent) => !above.has(parent))) return;
      if (task && !task.runs && !this.#children.has(task.id)) this.tick(task);
    }
  }

  #parentsOf(task: SpecTask | null): Set<SpecTask> {
    const above = new Set<SpecTask>();
    for (let at = task?.parent ?? null; at !== null;) {
      const parent = this.#byId.get(at);
      if (!parent) break;
      above.add(parent);
      at = parent.parent;
    }
    return above;
  }
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
