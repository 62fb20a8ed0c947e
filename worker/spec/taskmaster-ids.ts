import type { TaskDraft } from "./task-draft.ts";

/** A task of a tag, while the ids of all of them are worked out. */
export interface NamedTask {
  readonly draft: TaskDraft;
  readonly parent: NamedTask | null;
  readonly parts: readonly NamedTask[];
  /** The id as the file has it, a number in its own digits; null: none. */
  readonly written: string | null;
  readonly dependencies: {
    readonly place: { readonly start: number; readonly end: number };
    readonly words: readonly string[];
  } | null;
}

/**
 * The ids of the tasks of one tag. Files have all kinds: `5` with parts `1`, `2` (in Task Master's words 5.1 and 5.2), parts that
 * carry the number of their parent already (`31.1`), and words, which need no parent's name unless another task has them.
 */
export class TagNames {
  readonly #ids = new Map<NamedTask, string>();
  readonly #byId = new Map<string, NamedTask>();
  readonly #parts = new Map<NamedTask, ReadonlyMap<string, string>>();

  constructor(tasks: readonly NamedTask[]) {
    // Those of the top come first: a part gives way to a task that has its name.
    for (const task of tasks) if (task.written !== null) this.#give(task, task.written);
    for (const task of tasks) this.#nameParts(task);
  }

  idOf(task: NamedTask): string | null {
    return this.#ids.get(task) ?? null;
  }

  /** What a task depends on, by the ids of this tag: what names a part beside it means that one. Unknown words stay as they are. */
  needsOf({ parent, dependencies }: NamedTask): string[] {
    const beside = parent && this.#parts.get(parent);
    return (dependencies?.words ?? []).map((word) => beside?.get(word) ?? word);
  }

  #nameParts(parent: NamedTask): void {
    const names = new Map<string, string>();
    const above = this.idOf(parent);
    for (const part of parent.parts) {
      if (part.written === null) continue;
      const id = this.#partId(part, part.written, above);
      this.#give(part, id);
      const short = above !== null && id.startsWith(`${above}.`) ? id.slice(above.length + 1) : id;
      for (const name of [part.written, id, short]) if (!names.has(name)) names.set(name, id);
    }
    this.#parts.set(parent, names);
    for (const part of parent.parts) this.#nameParts(part);
  }

  #partId({ parent }: NamedTask, written: string, above: string | null): string {
    if (above === null || written.startsWith(`${above}.`)) return written;
    const holder = this.#byId.get(written);
    const isTaken = holder !== undefined && holder.parent !== parent;
    return isTaken || /^\d+$/.test(written) ? `${above}.${written}` : written;
  }

  #give(task: NamedTask, id: string): void {
    this.#ids.set(task, id);
    if (!this.#byId.has(id)) this.#byId.set(id, task);
  }
}
