import type { Diagnostic } from "../../schemas/diagnostic.ts";
import { quoted } from "./quoted.ts";

export interface CycleStep {
  readonly title: string;
  readonly range: Diagnostic["range"];
  /** True when the step waits for others because the spec says so in `needs`. */
  readonly states: boolean;
}

/**
 * Ring by ring: one diagnostic for each group of steps that wait for one another, with the shortest way around. `list` is what states
 * the needs of a task.
 */
export function findCycles(
  waits: ReadonlyMap<string, ReadonlyMap<string, string>>,
  describe: (id: string) => CycleStep,
  list = "`needs`",
): Diagnostic[] {
  const place = new Map([...waits.keys()].map((id, index) => [id, index]));
  if (followsOrder(waits, place)) return [];
  return findKnots(waits).map((knot) => {
    const ids = [...knot].sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    const start = ids.find((id) => describe(id).states) ?? ids[0] ?? "";
    const path = shortestRing(start, knot, waits);
    const told = path.map((id, index) => {
      const next = path[(index + 1) % path.length] ?? id;
      return `${quoted(describe(id).title)} waits for ${quoted(describe(next).title)} (${shortened(waits.get(id)?.get(next) ?? "")})`;
    });
    const shown = told.length > 12 ? [...told.slice(0, 6), `… ${told.length - 10} more …`, ...told.slice(-4)] : told;
    const isStated = path.some((id) => describe(id).states);
    const what = isStated ? `remove one of these from ${list}` : "change their order";
    const advice = `none of them can ever start: ${what}`;
    const message = `these steps wait for one another in a ring: ${shown.join("; ")}; ${advice}`;
    return { code: "cycle", severity: "error", message, range: describe(start).range, steps: path };
  });
}

/** A reason names titles too. */
function shortened(reason: string): string {
  return reason.length > 200 ? `${reason.slice(0, 199).trimEnd()}…` : reason;
}

/** True when every step waits only for steps before it in the plan, as in nearly all plans: then there is no ring to look for. */
function followsOrder(
  waits: ReadonlyMap<string, ReadonlyMap<string, string>>,
  place: ReadonlyMap<string, number>,
): boolean {
  let index = 0;
  for (const own of waits.values()) {
    for (const id of own.keys()) if ((place.get(id) ?? 0) >= index) return false;
    index += 1;
  }
  return true;
}

/** Tarjan's strongly connected components with more than one step (or a step that waits for itself), without recursion. */
function findKnots(waits: ReadonlyMap<string, ReadonlyMap<string, string>>): Set<string>[] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const onStack = new Set<string>();
  const stack: string[] = [];
  const knots: Set<string>[] = [];
  for (const root of waits.keys()) {
    if (index.has(root)) continue;
    const path: { id: string; rest: Iterator<string> }[] = [];
    const enter = (id: string): void => {
      index.set(id, index.size);
      low.set(id, index.size - 1);
      stack.push(id);
      onStack.add(id);
      path.push({ id, rest: (waits.get(id) ?? new Map<string, string>()).keys() });
    };
    enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.rest.next();
      if (next.done !== true) {
        if (!index.has(next.value)) enter(next.value);
        else if (onStack.has(next.value)) low.set(top.id, Math.min(low.get(top.id) ?? 0, index.get(next.value) ?? 0));
        continue;
      }
      path.pop();
      const parent = path.at(-1);
      if (parent) low.set(parent.id, Math.min(low.get(parent.id) ?? 0, low.get(top.id) ?? 0));
      if (low.get(top.id) !== index.get(top.id)) continue;
      const knot = new Set<string>();
      for (let id = stack.pop(); id !== undefined; id = id === top.id ? undefined : stack.pop()) {
        onStack.delete(id);
        knot.add(id);
      }
      if (knot.size > 1 || waits.get(top.id)?.has(top.id) === true) knots.push(knot);
    }
  }
  return knots;
}

/** The shortest way from `start` back to itself within its knot; each step waits for the next, the last for the first. */
function shortestRing(
  start: string,
  knot: ReadonlySet<string>,
  waits: ReadonlyMap<string, ReadonlyMap<string, string>>,
): string[] {
  const cameFrom = new Map<string, string>();
  const queue = [start];
  for (let at = 0; at < queue.length; at += 1) {
    const id = queue[at] ?? start;
    for (const next of waits.get(id)?.keys() ?? []) {
      if (next === start) {
        const ring = [id];
        for (let step = cameFrom.get(id); step !== undefined; step = cameFrom.get(step)) ring.push(step);
        return ring.reverse();
      }
      if (!knot.has(next) || cameFrom.has(next)) continue;
      cameFrom.set(next, id);
      queue.push(next);
    }
  }
  return [start];
}
