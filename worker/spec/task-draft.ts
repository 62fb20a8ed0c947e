import type { SourceRange } from "../../schemas/diagnostic.ts";
import type { SpecCheckpoint, TaskState } from "../../schemas/spec.ts";
import type { OwnAttributes } from "./attributes.ts";

/** A task while its file is read: a tree with links both ways. Dialects make these; `finishTasks` turns them into `SpecTask`s. */
export interface TaskDraft {
  readonly title: string;
  readonly state: TaskState;
  readonly parallel: boolean;
  /** With `[P]`: the first of a new group, although others with `[P]` stand before it. */
  readonly beginsGroup?: boolean;
  readonly optional: boolean;
  /** Skipped because it, or what it is a part of, is optional. */
  readonly leftOut: boolean;
  readonly checkpoint: boolean;
  readonly parent: TaskDraft | null;
  readonly children: TaskDraft[];
  /** The tasks that it is ordered with, itself included: those under the same heading, or the children of its parent. */
  readonly siblings: TaskDraft[];
  readonly section: readonly string[];
  readonly range: SourceRange;
  /** The line with the title, for diagnostics. */
  readonly titleRange: SourceRange;
  readonly box: SourceRange | null;
  own: OwnAttributes;
  requirements: string[];
  needsRange: SourceRange | null;
  instructions: string;
}

export interface CheckpointDraft {
  readonly kind: SpecCheckpoint["kind"];
  readonly title: string;
  readonly before: number;
  readonly task: TaskDraft | null;
  readonly range: SourceRange;
}

/** True when the task itself is a step: an open leaf, or a parent or checkpoint with work of its own (semantics, Specs). */
export function isStep(draft: TaskDraft): boolean {
  if (draft.state !== "open") return false;
  const { own } = draft;
  const hasWork =
    own.command !== undefined || own.agent !== undefined || own.check !== undefined || (own.outputs?.length ?? 0) > 0;
  if (draft.children.length > 0) return hasWork;
  return !draft.checkpoint || hasWork || own.capability !== undefined || draft.instructions !== "";
}
