import type { SpecTask } from "../../schemas/spec.ts";
import { isPiece } from "./decomposed.ts";
import { parseSpec, type ParseOptions } from "./parse.ts";

/** A finished task, as it was when the plan was made. A `PlanStep` is one. */
export interface TickMark {
  readonly id: string;
  readonly title: string;
  readonly line: number;
  /** Empty for a step that no task stands behind; it has no box. */
  readonly fingerprint: string;
}

interface Known {
  /** What its box showed; null: it had none. */
  readonly box: string | null;
  /** Of the tasks with the same words at the same place in the tree, which one it was. */
  readonly nth: number;
  readonly place: string;
  readonly isPiece: boolean;
}

/** The tasks and boxes of the text that a plan was made from. What a person has changed since is the difference to it. */
export class BoxBase {
  readonly #byId = new Map<string, Known>();
  readonly #groups: Groups;

  constructor(text: string, path: string, options: ParseOptions = {}) {
    const { tasks } = parseSpec(text, path, options);
    this.#groups = new Groups(tasks);
    for (const task of tasks) {
      const place = this.#groups.placeOf(task);
      const nth = this.#groups.nth(task);
      const box = task.box && text.slice(task.box.start, task.box.end);
      this.#byId.set(task.id, { box, nth, place, isPiece: isPiece(task) });
    }
  }

  /** What the box of a task showed; null when it had none. */
  boxOf(id: string): string | null {
    return this.#byId.get(id)?.box ?? null;
  }

  /** Whether it is a piece that a language model has made of a task. */
  isPiece(id: string): boolean {
    return this.#byId.get(id)?.isPiece === true;
  }

  /** Whether there was a task with exactly these words. */
  knows(task: SpecTask): boolean {
    return this.#groups.all(task).length > 0;
  }

  /**
   * Finds the tasks of the plan among those of the file as it is now. Answers with the task, or with why it is not certain which one
   * it is. Only the words decide, and of several with the same words the place in the tree: ids that are made from titles move from
   * one task to another.
   */
  finder(tasks: readonly SpecTask[]): (mark: TickMark) => SpecTask | string {
    const groups = new Groups(tasks);
    const ids = new Set(tasks.map(({ id }) => id));
    return (mark) => {
      const same = groups.all(mark);
      const known = this.#byId.get(mark.id);
      if (same.length === 0 || !known) {
        return ids.has(mark.id)
          ? "the text of the task has changed since the plan was made"
          : "the task is no longer in the file";
      }
      const [only, another] = same;
      if (only && !another && this.#groups.all(mark).length === 1) return only;
      const there = groups.at(mark, known.place);
      const found = there[known.nth];
      return found && there.length === this.#groups.at(mark, known.place).length
        ? found
        : "several tasks have the same words now";
    };
  }
}

type Words = Pick<SpecTask, "fingerprint" | "title">;

/** Tasks by their words, and by words and place. */
class Groups {
  readonly #byWords = new Map<string, SpecTask[]>();
  readonly #byPlace = new Map<string, SpecTask[]>();
  readonly #places = new Map<string, string>();
  readonly #nth = new Map<SpecTask, number>();

  constructor(tasks: readonly SpecTask[]) {
    for (const task of tasks) {
      const above = task.parent === null ? "" : (this.#places.get(task.parent) ?? "");
      // The titles above it; of a long chain the nearest ones tell enough.
      const place = task.parent === null ? task.section.join("\n") : above;
      this.#places.set(task.id, `${place.slice(-PLACE_LENGTH)}\n${task.title}`);
      add(this.#byWords, wordsOf(task), task);
      this.#nth.set(task, add(this.#byPlace, `${wordsOf(task)}\n${place}`, task));
    }
  }

  /** The headings and parents that a task stands under. */
  placeOf({ parent, section }: SpecTask): string {
    return parent === null ? section.join("\n") : (this.#places.get(parent) ?? "");
  }

  /** Which one a task is of those with its words at its place. */
  nth(task: SpecTask): number {
    return this.#nth.get(task) ?? 0;
  }

  all(words: Words): readonly SpecTask[] {
    return this.#byWords.get(wordsOf(words)) ?? [];
  }

  at(words: Words, place: string): readonly SpecTask[] {
    return this.#byPlace.get(`${wordsOf(words)}\n${place}`) ?? [];
  }
}

const PLACE_LENGTH = 500;

/** Returns how many were in the group before. */
function add(groups: Map<string, SpecTask[]>, key: string, task: SpecTask): number {
  const group = groups.get(key);
  if (group) return group.push(task) - 1;
  groups.set(key, [task]);
  return 0;
}

function wordsOf({ fingerprint, title }: Words): string {
  return `${fingerprint} ${title}`;
}
