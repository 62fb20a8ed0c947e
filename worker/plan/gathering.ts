import { slug } from "../spec/task-ids.ts";
import type { DependencyGraph, GatheringNode, StepNode, WaitSet } from "./waits.ts";
import type { TaskTree } from "./task-tree.ts";

/** Up to this many dependencies between two groups of steps are written out. */
const PAIR_LIMIT = 256;

/**
 * Writes the sets out as dependencies. Where many steps wait for many others, a step that does nothing is put between, so
 * that the number of dependencies grows with the steps and not with their square. A bare checkpoint becomes that step itself.
 */
export function gatherLargeSets(tree: TaskTree, nodes: readonly StepNode[]): DependencyGraph {
  const uses = new Map<WaitSet["waits"], number>();
  for (const { sets } of nodes) for (const { waits } of sets) uses.set(waits, (uses.get(waits) ?? 0) + 1);
  const gatherings = new Map<WaitSet["waits"], GatheringNode>();
  const taken = new Set(tree.tasks.map(({ id }) => id));
  const used = new Set<string>();
  const ordered: DependencyGraph["nodes"][number][] = [];
  const waits = new Map<string, Map<string, string>>();
  for (const { task, sets } of nodes) {
    const own = new Map<string, string>();
    for (const set of sets) {
      const count = uses.get(set.waits) ?? 0;
      const pairs = count * set.waits.length;
      if (pairs <= PAIR_LIMIT || pairs <= 2 * (count + set.waits.length)) {
        for (const { step, reason } of set.waits) if (!own.has(step)) own.set(step, reason);
        continue;
      }
      let gathering = gatherings.get(set.waits);
      if (!gathering) {
        gathering = makeGathering(tree, set, task, taken, used);
        gatherings.set(set.waits, gathering);
        ordered.push({ kind: "gathering", ...gathering });
        waits.set(
          gathering.id,
          new Map(set.waits.map(({ step }) => [step, `stands for ${set.waits.length} steps that others wait for`])),
        );
      }
      own.set(gathering.id, set.stated ? "needs it, as stated" : "stands for all the steps that it waits for");
    }
    waits.set(task.id, own);
    ordered.push({ kind: "task", id: task.id, task });
  }
  removeImplied(nodes, waits);
  return { nodes: ordered, waits };
}

function makeGathering(
  tree: TaskTree,
  set: WaitSet,
  place: StepNode["task"],
  taken: Set<string>,
  used: Set<string>,
): GatheringNode {
  const bare = set.checkpoint === null ? null : tree.task(set.checkpoint);
  if (bare && !bare.runs && bare.state === "open" && !used.has(bare.id)) {
    used.add(bare.id);
    return { id: bare.id, title: bare.title, task: bare, place: bare, checkpoint: true };
  }
  const base = slug(set.label, 60) || "gathering";
  let id = base;
  for (let number = 2; taken.has(id); number += 1) id = `${base}#${number}`;
  taken.add(id);
  return { id, title: set.label, task: null, place, checkpoint: set.checkpoint !== null };
}

/** Takes out what another dependency of the same step waits for already. Looks one step far, and never at stated needs. */
function removeImplied(nodes: readonly StepNode[], waits: ReadonlyMap<string, Map<string, string>>): void {
  for (const { task, sets } of nodes) {
    const own = waits.get(task.id);
    if (!own || own.size < 2 || own.size > 16) continue;
    const stated = new Set(sets.filter((set) => set.stated).flatMap((set) => set.waits.map(({ step }) => step)));
    for (const step of [...own.keys()]) {
      if (stated.has(step)) continue;
      for (const other of own.keys()) {
        if (other === step || waits.get(other)?.has(step) !== true || waits.get(step)?.has(other) === true) continue;
        own.delete(step);
        break;
      }
    }
  }
}
