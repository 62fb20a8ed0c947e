import { z } from "zod";
import { StepChange } from "../event.ts";
import { ResultState } from "../execution.ts";
import { operation } from "../operation.ts";
import { CommandId } from "./spec.ts";

/** One commit of a result: what a step changed, or the boxes that were ticked. */
export const ResultCommit = z.object({
  commit: z.string(),
  title: z.string(),
  /** Null: it is no step's. */
  stepId: z.string().nullable(),
  at: z.iso.datetime({ offset: true }),
});
export type ResultCommit = z.infer<typeof ResultCommit>;

/** What coding steps of an execution have made, in a branch of its own. */
export const ExecutionResult = StepChange.pick({
  files: true,
  changedFiles: true,
  insertions: true,
  deletions: true,
}).extend({
  executionId: z.string(),
  state: ResultState,
  /** Where it is: the branch of the execution, or the one that it was kept as. */
  branch: z.string(),
  /** The commit that the execution began with. */
  base: z.string(),
  /** The newest commit of the result. */
  tip: z.string(),
  /** The branch that was checked out at the start, which it is applied to; null: none was. */
  target: z.string().nullable(),
  /** Real path of the folder in which it can be looked at; null: there is none at present. */
  folder: z.string().nullable(),
  /** At most 200, the newest first. */
  commits: z.array(ResultCommit),
  /** How it would be applied now. `up-to-date`: all of it is in the branch already. */
  apply: z.object({
    how: z.enum(["fast-forward", "merge", "up-to-date"]).nullable(),
    /** What stands in the way, and what to do; null: nothing. */
    reason: z.string().nullable(),
    /** The files that stand in the way. */
    files: z.array(z.string()),
  }),
  settledAt: z.iso.datetime().nullable(),
});
export type ExecutionResult = z.infer<typeof ExecutionResult>;

const ExecutionId = z.string().min(1);

export const executionResult = operation({
  name: "execution.result",
  summary: "Show what the coding steps of an execution have made and how it could be applied.",
  params: z.strictObject({ executionId: ExecutionId }),
  /** Null: its steps work in the folder itself, so there is nothing to accept. */
  result: z.object({ result: ExecutionResult.nullable() }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/result" },
});

/** Larger files are not shown side by side. */
export const SHOWN_FILE_BYTES = 5_000_000;

export const executionResultFile = operation({
  name: "execution.resultFile",
  summary: "Read a file of the result of an execution, as it was at the beginning (base) or as it is now (tip).",
  params: z.strictObject({
    executionId: ExecutionId,
    /** In the repository, with `/`. */
    path: z.string().min(1),
    side: z.enum(["base", "tip"]),
  }),
  result: z.object({
    /** Null: it is not there on this side, is no text, or is larger than 5 MB. */
    text: z.string().nullable(),
    /** Null: it is not there on this side. */
    bytes: z.int().min(0).nullable(),
  }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/executions/{executionId}/result/file" },
});

/**
 * `apply`: into the branch that is checked out, by fast-forward where that is possible, else by a merge commit. `squash`: the same as one
 * commit. `keep`: leave it as a branch. `discard`: throw it away.
 */
export const AcceptHow = z.enum(["apply", "squash", "keep", "discard"]);
export type AcceptHow = z.infer<typeof AcceptHow>;

export const executionAccept = operation({
  name: "execution.accept",
  summary:
    "Take the result of an execution into the branch that is checked out (apply, squash), keep it as a branch, or discard it. Refused, with nothing changed, where files with uncommitted changes are in the way.",
  params: z.strictObject({
    executionId: ExecutionId,
    how: AcceptHow,
    /** With `keep`: the name of the branch; null: that of the execution. */
    branch: z.string().min(1).nullable().default(null),
    commandId: CommandId,
  }),
  result: z.object({
    executionId: ExecutionId,
    state: ResultState,
    /** The newest commit of the result, by which it can be found later on. */
    tip: z.string(),
    /** The branch that has it now; null: none. */
    branch: z.string().nullable(),
    /** What was done, for people. */
    message: z.string(),
  }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/executions/{executionId}/accept" },
});
