/** What scheduling needs to know of a step. Dependencies that are no steps are left out of account. */
export interface TimedStep {
  readonly id: string;
  readonly dependencies: readonly string[];
  readonly duration: number;
  readonly priority: number;
}

/** The longest way through the steps, in order, and its length. Steps that wait for one another in a ring are left out. Linear. */
export function findCriticalPath(steps: readonly TimedStep[]): { path: string[]; duration: number } {
  const graph = new Graph(steps);
  const finish = new Map<string, number>();
  const before = new Map<string, string>();
  let last: string | null = null;
  for (const step of graph.inOrder()) {
    let start = 0;
    for (const dependency of step.dependencies) {
      const end = finish.get(dependency);
      if (end === undefined || (end <= start && before.has(step.id))) continue;
      start = Math.max(start, end);
      before.set(step.id, dependency);
    }
    const end = start + step.duration;
    finish.set(step.id, end);
    if (last === null || end > (finish.get(last) ?? 0)) last = step.id;
  }
  const path: string[] = [];
  for (let id = last ?? undefined; id !== undefined; id = before.get(id)) path.push(id);
  return { path: path.reverse(), duration: last === null ? 0 : (finish.get(last) ?? 0) };
}

/**
 * The expected time from start to end with `places` places: whenever one is free, the ready step with the highest priority
 * starts, the earlier one in the plan first. O((n + e) log n).
 */
export function expectDuration(steps: readonly TimedStep[], places: number): number {
  const graph = new Graph(steps);
  const waiting = graph.dependencyCounts();
  const ready = new Heap<{ step: TimedStep; index: number }>(
    (a, b) => b.step.priority - a.step.priority || a.index - b.index,
  );
  const running = new Heap<{ end: number; step: TimedStep }>((a, b) => a.end - b.end);
  for (const [index, step] of steps.entries()) if (waiting.get(step.id) === 0) ready.push({ step, index });
  let now = 0;
  for (;;) {
    while (running.size < places) {
      const next = ready.pop();
      if (!next) break;
      running.push({ end: now + next.step.duration, step: next.step });
    }
    const done = running.pop();
    if (!done) return now;
    now = done.end;
    for (const { step, index } of graph.dependentsOf(done.step.id)) {
      const left = (waiting.get(step.id) ?? 0) - 1;
      waiting.set(step.id, left);
      if (left === 0) ready.push({ step, index });
    }
  }
}

class Graph {
  readonly #steps: readonly TimedStep[];
  readonly #dependents = new Map<string, { step: TimedStep; index: number }[]>();

  constructor(steps: readonly TimedStep[]) {
    this.#steps = steps;
    for (const step of steps) this.#dependents.set(step.id, []);
    for (const [index, step] of steps.entries()) {
      for (const dependency of step.dependencies) this.#dependents.get(dependency)?.push({ step, index });
    }
  }

  dependentsOf(id: string): readonly { step: TimedStep; index: number }[] {
    return this.#dependents.get(id) ?? [];
  }

  dependencyCounts(): Map<string, number> {
    return new Map(
      this.#steps.map(({ id, dependencies }) => [
        id,
        dependencies.filter((other) => this.#dependents.has(other)).length,
      ]),
    );
  }

  /** Dependencies first. */
  inOrder(): TimedStep[] {
    const waiting = this.dependencyCounts();
    const queue = this.#steps.filter(({ id }) => waiting.get(id) === 0);
    for (const step of queue) {
      for (const { step: dependent } of this.dependentsOf(step.id)) {
        const left = (waiting.get(dependent.id) ?? 0) - 1;
        waiting.set(dependent.id, left);
        if (left === 0) queue.push(dependent);
      }
    }
    return queue;
  }
}

/** A binary heap: the entry that `compare` puts first comes out first. */
class Heap<T> {
  readonly #entries: T[] = [];
  readonly #compare: (a: T, b: T) => number;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#entries.length;
  }

  push(entry: T): void {
    const entries = this.#entries;
    let at = entries.length;
    entries.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = entries[parent];
      if (above === undefined || this.#compare(above, entry) <= 0) break;
      entries[at] = above;
      at = parent;
    }
    entries[at] = entry;
  }

  pop(): T | undefined {
    const entries = this.#entries;
    const first = entries[0];
    const last = entries.pop();
    if (first === undefined || last === undefined || entries.length === 0) return first;
    let at = 0;
    for (;;) {
      const left = entries[2 * at + 1];
      if (left === undefined) break;
      const right = entries[2 * at + 2];
      const goRight = right !== undefined && this.#compare(right, left) < 0;
      const child = goRight ? right : left;
      if (this.#compare(child, last) >= 0) break;
      entries[at] = child;
      at = 2 * at + (goRight ? 2 : 1);
    }
    entries[at] = last;
    return first;
  }
}
