import { z } from "zod";
import { StepStatus } from "./execution.ts";

/**
 * What becomes of a step when the plan of an execution is revised. `kept`: it keeps what it has reached. `stale`: what it runs, or
 * what it builds on, changed; it runs again, or for the first time as it is now. `new`: it was not in the plan. `removed`: it is no
 * longer in it.
 */
export const RevisionStatus = z.enum(["kept", "stale", "new", "removed"]);
export type RevisionStatus = z.infer<typeof RevisionStatus>;

export const RevisedStep = z.object({
  stepId: z.string(),
  title: z.string(),
  status: RevisionStatus,
  /** One sentence for people. */
  reason: z.string(),
  /** What the step has reached in the execution; null when the execution does not know it. */
  state: StepStatus.nullable(),
});
export type RevisedStep = z.infer<typeof RevisedStep>;

/** A plan compared with an execution of an earlier one (catalogue A7). Every step of either plan stands in it once. */
export const Revision = z.object({
  executionId: z.string(),
  /** The plan that the execution would go on with. */
  planId: z.string(),
  /** In the order of the plan; what is removed comes last. */
  steps: z.array(RevisedStep),
  counts: z.object({
    kept: z.int().min(0),
    stale: z.int().min(0),
    new: z.int().min(0),
    removed: z.int().min(0),
  }),
});
export type Revision = z.infer<typeof Revision>;
