import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import { boxMarks } from "./box-marks.ts";
import { isPiece } from "./decomposed.ts";
import type { Replacement } from "./replace-at.ts";

/** A box that is to be set. */
export interface SetBox extends Replacement {
  /** As the file calls it; for a finished task as its mark does. */
  readonly task: string;
  readonly title: string;
  readonly line: number;
  readonly from: string;
  /** False: it follows from the boxes below or before it. */
  readonly isOwn: boolean;
}

export interface Setting {
  /** Tasks that are finished and may be shown so, with their ids in the plan. */
  readonly finished: ReadonlyMap<SpecTask, { readonly id: string }>;
  /** Whether a parent or checkpoint without work of its own may be shown as done by us. */
  readonly mayFollow: (task: SpecTask) => boolean;
}

/** Sets boxes, and with the last child that of its parent. Linear, however many are set. */
export class BoxSetter {
  readonly boxes: SetBox[] = [];
  readonly #document: SpecDocument;
  readonly #text: string;
  readonly #setting: Setting;
  readonly #byId: ReadonlyMap<string, SpecTask>;
  readonly #done = new Set<SpecTask>();
  readonly #parents = new Set<string>();
  readonly #openChildren = new Map<string, number>();

  constructor(document: SpecDocument, text: string, setting: Setting) {
    this.#document = document;
    this.#text = text;
    this.#setting = setting;
    this.#byId = new Map(document.tasks.map((task) => [task.id, task]));
    for (const task of document.tasks) {
      // What was left out or cancelled holds nothing back.
      const isDone = (task.box === null && !isPiece(task)) || task.state === "done" || task.state === "skipped";
      if (isDone) this.#done.add(task);
      if (task.parent === null) continue;
      this.#parents.add(task.parent);
      if (!isDone) this.#openChildren.set(task.parent, (this.#openChildren.get(task.parent) ?? 0) + 1);
    }
  }

  isDone(task: SpecTask): boolean {
    return this.#done.has(task);
  }

  /** Sets the box of a finished task, unless tasks below it are open; and then those that follow from it. */
  finish(task: SpecTask): void {
    for (let at: SpecTask | null = task; at !== null && !this.#done.has(at);) {
      if ((this.#openChildren.get(at.id) ?? 0) > 0) return;
      if (!this.#set(at)) return;
      const parent: SpecTask | null = at.parent === null ? null : (this.#byId.get(at.parent) ?? null);
      if (parent !== null) this.#openChildren.set(parent.id, (this.#openChildren.get(parent.id) ?? 0) - 1);
      at = parent;
    }
  }

  /** Bare checkpoints are over when all tasks before them are. */
  followCheckpoints(): void {
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
      if (task && !task.runs && !this.#parents.has(task.id)) this.finish(task);
    }
  }

  /** False: it stays as it is. */
  #set(task: SpecTask): boolean {
    const mark = this.#setting.finished.get(task);
    if (!mark && (task.runs || !this.#setting.mayFollow(task))) return false;
    this.#done.add(task);
    if (!task.box) return true;
    const { start, end, line } = task.box;
    const from = this.#text.slice(start, end);
    const to = boxMarks(this.#document.dialect).done;
    const place = { start, end, line, from, to };
    this.boxes.push({ task: mark?.id ?? task.id, title: task.title, isOwn: mark !== undefined, ...place });
    return true;
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
