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
  const finish = new Float64Array(steps.length);
  const before = new Int32Array(steps.length).fill(-1);
  let last = -1;
  for (const at of graph.inOrder()) {
    let start = 0;
    for (const dependency of graph.dependencies[at] ?? []) {
      const end = finish[dependency] ?? 0;
      if (end <= start && before[at] !== -1) continue;
      start = Math.max(start, end);
      before[at] = dependency;
    }
    const end = start + (steps[at]?.duration ?? 0);
    finish[at] = end;
    if (last === -1 || end > (finish[last] ?? 0)) last = at;
  }
  const path: string[] = [];
  for (let at = last; at >= 0; at = before[at] ?? -1) path.push(steps[at]?.id ?? "");
  return { path: path.reverse(), duration: last === -1 ? 0 : (finish[last] ?? 0) };
}

/**
 * The expected time from start to end with `places` places: whenever one is free, the ready step with the highest priority
 * starts, the earlier one in the plan first. O((n + e) log n).
 */
export function expectDuration(steps: readonly TimedStep[], places: number): number {
  const graph = new Graph(steps);
  const waiting = graph.dependencyCounts();
  const priority = (at: number): number => steps[at]?.priority ?? 0;
  const ready = new Heap<number>((a, b) => priority(b) - priority(a) || a - b);
  const running = new Heap<{ end: number; at: number }>((a, b) => a.end - b.end);
  for (let at = 0; at < waiting.length; at += 1) if (waiting[at] === 0) ready.push(at);
  let now = 0;
  for (;;) {
    while (running.size < places) {
      const next = ready.pop();
      if (next === undefined) break;
      running.push({ end: now + (steps[next]?.duration ?? 0), at: next });
    }
    const done = running.pop();
    if (!done) return now;
    now = done.end;
    for (const dependent of graph.dependents[done.at] ?? []) {
      const left = (waiting[dependent] ?? 0) - 1;
      waiting[dependent] = left;
      if (left === 0) ready.push(dependent);
    }
  }
}

/** Steps by their place in the plan. */
class Graph {
  readonly dependencies: readonly (readonly number[])[];
  readonly dependents: readonly (readonly number[])[];

  constructor(steps: readonly TimedStep[]) {
    const place = new Map(steps.map(({ id }, at) => [id, at]));
    const dependents: number[][] = steps.map(() => []);
    this.dependencies = steps.map((step, at) => {
      const known: number[] = [];
      for (const id of step.dependencies) {
        const dependency = place.get(id);
        if (dependency === undefined) continue;
        known.push(dependency);
        dependents[dependency]?.push(at);
      }
      return known;
    });
    this.dependents = dependents;
  }

  dependencyCounts(): Int32Array {
    return Int32Array.from(this.dependencies, ({ length }) => length);
  }

  /** Dependencies first. */
  inOrder(): number[] {
    const waiting = this.dependencyCounts();
    const queue: number[] = [];
    for (let at = 0; at < waiting.length; at += 1) if (waiting[at] === 0) queue.push(at);
    for (const at of queue) {
      for (const dependent of this.dependents[at] ?? []) {
        const left = (waiting[dependent] ?? 0) - 1;
        waiting[dependent] = left;
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
