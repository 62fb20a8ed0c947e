import type { SpecCheckpoint, SpecTask } from "../../schemas/spec.ts";
import type { StepNode, Wait, WaitSet } from "./waits.ts";
import type { TaskTree } from "./task-tree.ts";

/**
 * Adds what checkpoints demand: everything after waits for everything before. Checkpoints cut the steps into segments; only
 * the first steps of a segment wait, and only for the last steps of the segment before, because the others follow.
 */
export function addBarriers(tree: TaskTree, checkpoints: readonly SpecCheckpoint[], nodes: readonly StepNode[]): void {
  if (checkpoints.length === 0) return;
  const { segmentOf, openedBy } = cutIntoSegments(tree, checkpoints);
  const segments: StepNode[][] = [];
  for (const node of nodes) {
    const segment = segmentOf.get(node.task.id) ?? 0;
    (segments[segment] ??= []).push(node);
  }
  let before: { nodes: StepNode[]; segment: number } | null = null;
  for (const [segment, members] of segments.entries()) {
    if (members === undefined) continue;
    if (before) joinSegments(tree, before, { nodes: members, segment }, segmentOf, openedBy);
    before = { nodes: members, segment };
  }
}

/** The number of the segment of every step, and the checkpoint that opens each segment. */
function cutIntoSegments(
  tree: TaskTree,
  checkpoints: readonly SpecCheckpoint[],
): { segmentOf: Map<string, number>; openedBy: (SpecCheckpoint | null)[] } {
  const withoutTask = checkpoints.filter(({ task }) => task === null);
  const byTask = new Map(
    checkpoints.flatMap((checkpoint) => (checkpoint.task === null ? [] : [[checkpoint.task, checkpoint] as const])),
  );
  const segmentOf = new Map<string, number>();
  const openedBy: (SpecCheckpoint | null)[] = [null];
  let index = 0;
  let next = 0;
  tree.walk(
    (task) => {
      for (let bare = withoutTask[next]; bare && bare.before <= index; bare = withoutTask[next]) {
        openedBy.push(bare);
        next += 1;
      }
      index += 1;
      const checkpoint = byTask.get(task.id);
      if (checkpoint) openedBy.push(checkpoint);
    },
    (task) => {
      segmentOf.set(task.id, openedBy.length - 1);
      const checkpoint = byTask.get(task.id);
      if (checkpoint) openedBy.push(checkpoint);
    },
  );
  return { segmentOf, openedBy };
}

function joinSegments(
  tree: TaskTree,
  before: { nodes: readonly StepNode[]; segment: number },
  after: { nodes: readonly StepNode[]; segment: number },
  segmentOf: ReadonlyMap<string, number>,
  openedBy: readonly (SpecCheckpoint | null)[],
): void {
  const between = openedBy.slice(before.segment + 1, after.segment + 1).filter((checkpoint) => checkpoint !== null);
  const checkpoint = between.at(-1);
  if (!checkpoint) return;
  const isFollowed = new Set<string>();
  for (const waits of new Set(before.nodes.flatMap(({ sets }) => sets.map((set) => set.waits)))) {
    for (const { step } of waits) isFollowed.add(step);
  }
  const last = before.nodes.filter(({ task }) => !isFollowed.has(task.id));
  const bare = between.find(({ task }) => task === null || tree.task(task)?.runs === false) ?? checkpoint;
  const set: WaitSet = {
    waits: (last.length > 0 ? last : before.nodes).map(({ task }): Wait => ({
      step: task.id,
      reason: reasonOf(checkpoint, task),
    })),
    stated: false,
    label: bare.title,
    checkpoint: bare.task ?? "",
  };
  for (const node of after.nodes) {
    const own = node.sets.filter(
      (other) => other.stated || other.waits.some(({ step }) => segmentOf.get(step) === after.segment),
    );
    node.sets.length = 0;
    node.sets.push(...own);
    if (own.some(({ waits }) => waits.some(({ step }) => segmentOf.get(step) === after.segment))) continue;
    node.sets.push(
      node.task.id === checkpoint.task ? withReason(set, "is a checkpoint: it waits for everything before it") : set,
    );
  }
}

function withReason(set: WaitSet, reason: string): WaitSet {
  return { ...set, waits: set.waits.map(({ step }) => ({ step, reason })) };
}

function reasonOf(checkpoint: SpecCheckpoint, before: SpecTask): string {
  if (checkpoint.kind === "phase") return `belongs to an earlier phase than "${checkpoint.title}"`;
  return checkpoint.task === before.id
    ? `comes after the checkpoint "${before.title}"`
    : `the checkpoint "${checkpoint.title}" stands between them`;
}
