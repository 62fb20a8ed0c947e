import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { SpecCheckpoint, SpecTask } from "../../schemas/spec.ts";
import { inheritAttributes } from "./attributes.ts";
import { fingerprintOf } from "./fingerprint.ts";
import type { MarkdownDialect } from "./markdown-dialect.ts";
import { isStep, type CheckpointDraft, type TaskDraft } from "./task-draft.ts";
import { assignIds } from "./task-ids.ts";
import { orderTasks } from "./task-order.ts";

/**
 * Gives drafts their ids, inherited attributes and order. Drafts come in file order, parents before their children. `orderOf` is the
 * dialect's own.
 */
export function finishTasks(
  drafts: readonly TaskDraft[],
  checkpointDrafts: readonly CheckpointDraft[],
  orderOf: NonNullable<MarkdownDialect["order"]> = (all, id) => ({ order: orderTasks(all, id) }),
): { tasks: SpecTask[]; checkpoints: SpecCheckpoint[]; diagnostics: Diagnostic[] } {
  const { ids, repeated } = assignIds(drafts);
  const idOf = (draft: TaskDraft): string => ids.get(draft) ?? draft.title;
  const { order, diagnostics: ofOrder = [] } = orderOf(drafts, idOf, checkpointDrafts);
  const ofIds = repeated.map(({ draft, first }): Diagnostic => ({
    code: "duplicate-id",
    severity: "warning",
    message: `the id ${draft.own.id ?? ""} is already used on line ${first.titleRange.line}; this task is called ${idOf(draft)} until one of them gets another id`,
    range: draft.titleRange,
    steps: [idOf(draft), idOf(first)],
  }));
  const diagnostics = [...ofIds, ...ofOrder, ...(order === null ? [TOO_MUCH_ORDER] : [])];
  const finished = new Map<TaskDraft, SpecTask>();
  for (const draft of drafts) {
    const parent = draft.parent ? (finished.get(draft.parent) ?? null) : null;
    finished.set(draft, {
      id: idOf(draft),
      ownId: draft.own.id ?? null,
      title: draft.title,
      parent: parent?.id ?? null,
      state: draft.state,
      optional: draft.optional,
      parallel: draft.parallel,
      requirements: [...new Set(draft.requirements)],
      needs: draft.own.needs ?? null,
      needsRange: draft.needsRange,
      order: order?.get(draft) ?? [],
      checkpoint: draft.checkpoint,
      section: [...draft.section],
      instructions: draft.instructions,
      ...inheritAttributes(draft.own, parent?.attributes ?? null),
      runs: isStep(draft),
      range: draft.range,
      box: draft.box,
      fingerprint: fingerprintOf(draft),
    });
  }
  const checkpoints = checkpointDrafts.map((checkpoint) => ({
    ...checkpoint,
    task: checkpoint.task ? idOf(checkpoint.task) : null,
  }));
  return { tasks: [...finished.values()], checkpoints, diagnostics };
}

const TOO_MUCH_ORDER: Diagnostic = {
  code: "too-large",
  severity: "error",
  message:
    "the tasks wait for one another in more than 500,000 pairs: put a checkpoint between the large groups, or split the file",
  range: null,
  steps: [],
};
