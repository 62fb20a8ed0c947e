import type { SpecTask } from "../../schemas/spec.ts";

/** The tasks of a document as a tree, with what stands for a whole subtree when others wait for it. */
export class TaskTree {
  /** The tasks that become steps, in the order of work: parents after their children. */
  readonly steps: readonly SpecTask[];
  readonly tasks: readonly SpecTask[];
  readonly #byId: ReadonlyMap<string, SpecTask>;
  readonly #children = new Map<string | null, SpecTask[]>();
  readonly #withSteps = new Set<string>();
  readonly #followed = new Set<string>();
  readonly #ends = new Map<string, readonly string[]>();

  constructor(tasks: readonly SpecTask[], needs: ReadonlyMap<string, readonly SpecTask[]>) {
    this.tasks = tasks;
    this.#byId = new Map(tasks.map((task) => [task.id, task]));
    for (const task of tasks) {
      const siblings = this.#children.get(task.parent);
      if (siblings) siblings.push(task);
      else this.#children.set(task.parent, [task]);
      if (!task.runs) continue;
      for (let at: SpecTask | null = task; at && !this.#withSteps.has(at.id); at = this.parentOf(at))
        this.#withSteps.add(at.id);
    }
    const orders = new Set<SpecTask["order"]>();
    for (const task of tasks) {
      if (!this.#withSteps.has(task.id)) continue;
      if (!orders.has(task.order)) for (const { task: before } of task.order) this.#followed.add(before);
      orders.add(task.order);
      for (const target of needs.get(task.id) ?? []) if (target.parent === task.parent) this.#followed.add(target.id);
    }
    const steps: SpecTask[] = [];
    this.walk(
      () => undefined,
      (task) => {
        if (task.runs) steps.push(task);
      },
    );
    this.steps = steps;
  }

  task(id: string): SpecTask | null {
    return this.#byId.get(id) ?? null;
  }

  parentOf(task: SpecTask): SpecTask | null {
    return task.parent === null ? null : this.task(task.parent);
  }

  /** Children that no other child comes after: when they are over, all children are. */
  lastChildren(task: SpecTask): SpecTask[] {
    const working = (this.#children.get(task.id) ?? []).filter((child) => this.#withSteps.has(child.id));
    const last = working.filter((child) => !this.#followed.has(child.id));
    return last.length > 0 ? last : working;
  }

  /** Steps that must be over when the whole subtree is to be over; empty when nothing in it runs. */
  endsOf(task: SpecTask): readonly string[] {
    const known = this.#ends.get(task.id);
    if (known) return known;
    const ends = task.runs ? [task.id] : this.lastChildren(task).flatMap((child) => this.endsOf(child));
    this.#ends.set(task.id, ends);
    return ends;
  }

  /** Visits all tasks in file order; `leave` comes after the children. */
  walk(enter: (task: SpecTask) => void, leave: (task: SpecTask) => void, parent: string | null = null): void {
    for (const task of this.#children.get(parent) ?? []) {
      enter(task);
      this.walk(enter, leave, task.id);
      leave(task);
    }
  }
}
