import type { SpecTask } from "../../schemas/spec.ts";
import { isStep, type TaskDraft } from "./task-draft.ts";

type Order = SpecTask["order"];

/** More than any real file has; what is beyond it would only fill memory. */
export const ENTRY_LIMIT = 500_000;

/**
 * What every task waits for by its place among its siblings (semantics, Specs, "Order, our dialect"). Items follow one
 * another; consecutive `[P]` items form a group. A task that states its needs has no order of its own; what follows it still
 * waits for all items above. Returns null when the file orders more than can be written down.
 */
export function orderTasks(
  drafts: readonly TaskDraft[],
  idOf: (draft: TaskDraft) => string,
): Map<TaskDraft, Order> | null {
  const hasSteps = new Set<TaskDraft>();
  const byOwnId = new Map<string, TaskDraft>();
  for (const draft of drafts) {
    if (draft.own.id !== undefined && !byOwnId.has(draft.own.id)) byOwnId.set(draft.own.id, draft);
    if (!isStep(draft)) continue;
    for (let at: TaskDraft | null = draft; at && !hasSteps.has(at); at = at.parent) hasSteps.add(at);
  }
  const order = new Map<TaskDraft, Order>();
  let entries = 0;
  for (const draft of drafts) {
    if (draft.siblings[0] !== draft) continue;
    for (const [sibling, waits] of orderSiblings(draft.siblings, hasSteps, byOwnId, idOf)) {
      order.set(sibling, waits);
      entries += waits.length;
    }
    if (entries > ENTRY_LIMIT) return null;
  }
  return order;
}

function* orderSiblings(
  siblings: readonly TaskDraft[],
  hasSteps: ReadonlySet<TaskDraft>,
  byOwnId: ReadonlyMap<string, TaskDraft>,
  idOf: (draft: TaskDraft) => string,
): Generator<[TaskDraft, Order]> {
  /** Together these come after all items so far, the open group left out. */
  let frontier = new Set<TaskDraft>();
  let group: TaskDraft[] = [];
  let groupOrder: Order | null = null;
  let frontierIsGroup = false;
  const endGroup = (): void => {
    if (group.length === 0) return;
    const working = group.filter((member) => hasSteps.has(member));
    if (working.some((member) => member.own.needs === undefined)) frontier = new Set();
    for (const member of working) frontier.add(member);
    frontierIsGroup = working.length > 0;
    group = [];
    groupOrder = null;
  };
  for (const item of siblings) {
    if (item.parallel) {
      if (item.beginsGroup === true) endGroup();
      groupOrder ??= [...frontier].map((task) => ({ task: idOf(task), reason: groupReason(task, frontierIsGroup) }));
      group.push(item);
      if (item.own.needs === undefined) yield [item, groupOrder];
      continue;
    }
    endGroup();
    if (item.own.needs === undefined) {
      yield [
        item,
        [...frontier].map((task) => ({ task: idOf(task), reason: itemReason(task, item, frontierIsGroup) })),
      ];
      // A checkpoint holds back what follows by itself, so the sequence begins anew behind it.
      if (item.checkpoint || hasSteps.has(item)) {
        frontier = new Set(hasSteps.has(item) ? [item] : []);
        frontierIsGroup = false;
      }
    } else if (hasSteps.has(item)) {
      for (const need of item.own.needs) {
        const needed = byOwnId.get(need);
        if (needed) frontier.delete(needed);
      }
      frontier.add(item);
    }
  }
}

function groupReason(task: TaskDraft, isGroup: boolean): string {
  if (isGroup && task.parallel) return `starts after the whole [P] group before it, which "${task.title}" belongs to`;
  return task.parallel
    ? `starts after "${task.title}", which stands before the [P] group`
    : `starts after "${task.title}", the last item before the [P] group`;
}

function itemReason(task: TaskDraft, item: TaskDraft, isGroup: boolean): string {
  if (isGroup && task.parallel) return `waits for the whole [P] group, which "${task.title}" belongs to`;
  const place = item.parent ? `within "${item.parent.title}"` : "under the same heading";
  return `follows "${task.title}" ${place}`;
}
