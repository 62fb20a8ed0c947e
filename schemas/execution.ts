import { z } from "zod";
import { Decision } from "./decision.ts";
import { Milliseconds } from "./duration.ts";
import { Artifact, AttemptResult, RefusedCost } from "./event.ts";
import { Failure } from "./failure.ts";
import { Amount, CostCertainty, Currency } from "./money.ts";

/** States of steps on the wire (catalogue, last section). `waiting`: for a backoff or a person; `ready`: for a place, agent, lock or budget. */
export const StepStatus = z.enum([
  "pending",
  "ready",
  "running",
  "waiting",
  "completed",
  "failed",
  "skipped",
  "cancelled",
]);
export type StepStatus = z.infer<typeof StepStatus>;

/**
 * `waiting`: nothing goes on until a person has decided something. `interrupted`: the worker that ran it is gone; it has not ended and
 * can be resumed.
 */
export const ExecutionStatus = z.enum([
  "running",
  "paused",
  "waiting",
  "cancelling",
  "completed",
  "failed",
  "cancelled",
  "interrupted",
]);
export type ExecutionStatus = z.infer<typeof ExecutionStatus>;

/**
 * Why a step that has not ended does not go on. `detail` is for people; `steps` names the steps that it waits for, or those that
 * hold what it needs. `approval`: a person has to decide, also on what a running agent asks. `worker`: the execution is interrupted.
 */
export const Blocker = z.object({
  kind: z.enum(["dependency", "slot", "lock", "agent", "budget", "backoff", "approval", "pause", "worker"]),
  detail: z.string(),
  steps: z.array(z.string()),
});
export type Blocker = z.infer<typeof Blocker>;

export const StepView = z.object({
  id: z.string(),
  title: z.string(),
  status: StepStatus,
  agent: z.string().nullable(),
  simulated: z.boolean(),
  attempts: z.int().min(0),
  startTime: z.iso.datetime().nullable(),
  endTime: z.iso.datetime().nullable(),
  /** Time in attempts, without waiting. */
  duration: Milliseconds.nullable(),
  result: AttemptResult.nullable(),
  failure: Failure.nullable(),
  /** Cost of all attempts; null while unknown. */
  cost: Amount,
  /** What a review has found in it and no review has approved since; null: nothing. */
  findings: z.string().nullable().default(null),
  blocker: Blocker.nullable(),
});
export type StepView = z.infer<typeof StepView>;

/** One attempt on the clock of its execution: what a timeline draws. */
export const AttemptSpan = z.object({
  attempt: z.int().min(1),
  /** Milliseconds since the start of the execution. */
  start: Milliseconds,
  /** Null while it runs. */
  end: Milliseconds.nullable(),
  outcome: z.enum(["succeeded", "failed", "cancelled", "interrupted"]).nullable(),
});
export type AttemptSpan = z.infer<typeof AttemptSpan>;

/** A step as graphs, lists and timelines show it while it runs: small, so that a thousand of them can change at once. */
export const StepGlance = StepView.pick({
  id: true,
  status: true,
  agent: true,
  simulated: true,
  duration: true,
  cost: true,
}).extend({
  spans: z.array(AttemptSpan),
  /** In one line, of the last attempt; null when it did not fail. */
  problem: z.string().nullable(),
});
export type StepGlance = z.infer<typeof StepGlance>;

/** One attempt in full. */
export const AttemptView = z.object({
  attempt: z.int().min(1),
  agent: z.string(),
  simulated: z.boolean(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  duration: Milliseconds.nullable(),
  /** Null while it runs. */
  outcome: AttemptSpan.shape.outcome,
  failure: Failure.nullable(),
  result: AttemptResult.nullable(),
  /** While it runs: what it has reported so far. */
  costs: z.array(z.object({ amount: Amount, currency: Currency, certainty: CostCertainty, service: z.string() })),
  /** What it said of costs that is no amount of money. */
  refused: z.array(RefusedCost).default([]),
  artifacts: z.array(Artifact),
});
export type AttemptView = z.infer<typeof AttemptView>;

/** Everything that is known of one step of an execution: the inspector and the tree below a step. */
export const StepDetail = z.object({
  step: StepView,
  /** Oldest first. */
  attempts: z.array(AttemptView),
  /** What waits for a person about this step. */
  decisions: z.array(Decision),
});
export type StepDetail = z.infer<typeof StepDetail>;

export const Costs = z.object({
  /** Sum of the known amounts; null when nothing is known. */
  total: Amount,
  /** Attempts whose cost is unknown. */
  unknown: z.int().min(0),
  currency: Currency,
  certainty: CostCertainty,
  byService: z.record(z.string(), z.number()),
  limit: Amount,
  reserved: z.number().min(0),
});
export type Costs = z.infer<typeof Costs>;

/** Progress in one small object, whatever the size of the plan (catalogue C6). */
export const ExecutionProgress = z.object({
  executionId: z.string(),
  status: ExecutionStatus,
  completed: z.int().min(0),
  failed: z.int().min(0),
  skipped: z.int().min(0),
  total: z.int().min(0),
  /** Title of the step that runs longest, or null. */
  currentStep: z.string().nullable(),
  running: z.array(
    z.object({
      stepId: z.string(),
      title: z.string(),
      agent: z.string(),
      simulated: z.boolean(),
      attempt: z.int(),
      elapsed: Milliseconds,
      /** What its agent asks a person, and waits for; null: it works. */
      asks: z.string().nullable().default(null),
    }),
  ),
  /** The first few that wait, in plan order. */
  waiting: z.array(z.object({ stepId: z.string(), title: z.string(), blocker: Blocker })),
  waitingTotal: z.int().min(0),
  elapsed: Milliseconds,
  /** Expected time to the end; null when a step on the way has no estimate. */
  remaining: Milliseconds.nullable(),
  /** What the whole is expected to cost at its end; null when a step that is left has no estimate or a cost is unknown. */
  expectedCost: Amount,
  /** What waits for a person. */
  decisions: z.array(Decision),
  /** Why the record cannot be written for the moment, so that nothing moves; null when all is well. */
  stalled: z.string().nullable(),
  costs: Costs,
});
export type ExecutionProgress = z.infer<typeof ExecutionProgress>;

/** An execution as a whole. */
export const ExecutionView = z.object({
  executionId: z.string(),
  planId: z.string(),
  title: z.string(),
  specPath: z.string(),
  status: ExecutionStatus,
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  failure: Failure.nullable(),
  /** True when at least one step is simulated. */
  simulated: z.boolean(),
  progress: ExecutionProgress,
  steps: z.array(StepView),
  artifacts: z.array(Artifact.extend({ stepId: z.string(), simulated: z.boolean() })),
  costs: Costs,
  /** What a person should know and no step tells, such as boxes that were left alone. */
  notices: z.array(z.string()),
  /** Sequence number of the last event that is contained. */
  seq: z.int().min(0),
});
export type ExecutionView = z.infer<typeof ExecutionView>;

/**
 * What became of the result of an execution (catalogue N1). `growing`: it has not ended. `ready`: it waits for a person. `empty`: it
 * changed nothing. `applied`, `squashed`: it is in the person's branch. `kept`: it is a branch of its own. `discarded`: it was thrown away.
 */
export const ResultState = z.enum(["growing", "ready", "empty", "applied", "squashed", "kept", "discarded"]);
export type ResultState = z.infer<typeof ResultState>;

/** A line of a list of executions. */
export const ExecutionSummary = z.object({
  executionId: z.string(),
  planId: z.string(),
  title: z.string(),
  specPath: z.string(),
  status: ExecutionStatus,
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  simulated: z.boolean(),
  cost: Amount,
  currency: Currency,
  /** What became of what its coding steps have made; null: they worked in the folder itself, or there are none. */
  result: ResultState.nullable().default(null),
});
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;
