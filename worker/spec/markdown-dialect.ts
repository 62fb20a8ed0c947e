import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Dialect, SpecTask } from "../../schemas/spec.ts";
import type { OwnAttributes } from "./attributes.ts";
import type { CheckpointDraft, TaskDraft } from "./task-draft.ts";

/** What stands behind a box, or in a heading that is a task. */
export interface TaskWords {
  readonly title: string;
  /** The file's own id, as written. */
  readonly id?: string;
  readonly parallel?: boolean;
  readonly optional?: boolean;
  readonly requirements?: readonly string[];
}

/** What a piece of a task's text says besides its words. */
export interface TaskFacts {
  readonly requirements?: readonly string[];
  readonly needs?: readonly string[];
  /** Where `needs` stand, as offsets in the file. */
  readonly needsPlace?: { readonly from: number; readonly to: number };
  /** Files that the text names. */
  readonly files?: readonly string[];
}

export interface OrderedTasks {
  /** What each task waits for by its place; tasks that wait for the same may share one list. Null: too much to write down. */
  readonly order: Map<TaskDraft, SpecTask["order"]> | null;
  readonly diagnostics?: readonly Diagnostic[];
}

/**
 * How one dialect of Markdown tells its tasks from other text. Nested lists, headings, checkpoints and the text below a task are read
 * for all of them by `MarkdownReader`. One object reads one file.
 */
export interface MarkdownDialect {
  readonly name: Dialect;
  /** Keys that a bullet `- key: value` below a task may have; `all` also makes commands of `sh` blocks (semantics, Specs). */
  readonly attributes: "all" | ReadonlySet<string>;
  /** Reads the line behind a box, of which `mark` is the character. Null: no task, but text of what it stands in. */
  readItem(words: string, mark: string): TaskWords | null;
  /** What a box needs so that `readItem` takes it for a task, in words that follow "without"; left out where it needs nothing. */
  readonly needsInBox?: string;
  /** Reads a heading that may be a task. */
  readHeading?(title: string, level: number): TaskWords | null;
  /**
   * Reads the text of a task, piece by piece: the paragraph that begins behind its box (`isTitle`), then what stands below. `from` is
   * the piece's offset in the file.
   */
  readText?(text: string, from: number, isTitle: boolean): TaskFacts;
  /**
   * What a heading without a task begins. `sequence`: the tasks below it are ordered among themselves only. `phase`: what is below it
   * also waits for everything above it. `group`: the order goes on, but a `[P]` group above it ends. `nothing`: the order goes on. Asked
   * once for each heading, from top to bottom.
   */
  headingBegins(level: number, title: string): "sequence" | "phase" | "group" | "nothing";
  /**
   * The id of the task that one is a part of, whatever its indentation; null: of none. One that is not in the file is asked for its own.
   * Left out: indentation decides.
   */
  parentId?(id: string): string | null;
  /** Sees the fenced blocks that belong to no task, each with the title of the heading above it. True: it is no text for agents. */
  readFence?(
    fence: { readonly from: number; readonly to: number; readonly language: string },
    heading: string,
  ): boolean;
  /** The order of the tasks, from how they stand in the file. Left out: `orderTasks`. */
  order?(
    drafts: readonly TaskDraft[],
    idOf: (draft: TaskDraft) => string,
    checkpoints: readonly CheckpointDraft[],
  ): OrderedTasks;
}

/** The attributes that a bullet can state where commands are text. What decides what runs, where and with which result is left out. */
export const AGENT_ATTRIBUTES: ReadonlySet<keyof OwnAttributes> = new Set([
  ...(["agent", "capability", "files", "timeout", "retries", "backoff", "retryOn"] as const),
  ...(["idempotent", "locks", "cost", "duration", "priority", "onFailure"] as const),
]);
