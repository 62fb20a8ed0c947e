import { z } from "zod";
import { BudgetLevel, EngineLimit } from "./budget.ts";
import { ConflictPlace, DecisionChoice, DecisionKind, PermissionRequest } from "./decision.ts";
import { Milliseconds } from "./duration.ts";
import { Failure, FailureCode } from "./failure.ts";
import { CostCertainty, Currency, Micros } from "./money.ts";
import { RetryPolicy } from "./plan.ts";
import { BudgetMode, FailurePolicy } from "./spec.ts";

/** What the engine needs to know of a step. Agents, prompts and commands stay in the plan: the engine decides, it does not run. */
export const EngineStep = z.object({
  id: z.string(),
  title: z.string(),
  dependencies: z.array(z.string()),
  agent: z.string(),
  /** Agents for the attempts after one that its agent could not do (catalogue D7). */
  fallbacks: z.array(z.string()).default([]),
  /** What its costs count under in limits by service. */
  service: z.string().default(""),
  /** A skipped step ends as `skipped` at once and counts as waived for what depends on it. */
  skip: z.boolean(),
  simulated: z.boolean(),
  capability: z.string().default(""),
  priority: z.int(),
  retry: RetryPolicy,
  /** Null: no timeout. */
  timeout: Milliseconds.nullable(),
  onFailure: FailurePolicy,
  /** The step whose work it reviews: what it finds sends that one back. Null: it is no review. */
  reviews: z.string().nullable().default(null),
  /** How often it may send back. */
  rounds: z.int().min(0).max(20).default(2),
  /** False: a person is asked before it runs again after a crash. */
  idempotent: z.boolean().default(true),
  /** Names of resources that it holds while it runs. */
  locks: z.array(z.string()).default([]),
  /** Expected for one attempt; null: unknown. Reserved before each attempt unless `reserve` says more. Simulated steps reserve nothing. */
  cost: Micros.nullable(),
  /** What nine of ten attempts stay below; null: not known. */
  reserve: Micros.nullable().default(null),
  /** Declared for it: an attempt that reports more is stopped where a limit is enforced; null: none. */
  cap: Micros.nullable().default(null),
  /** Expected duration of an attempt; null: unknown. */
  duration: Milliseconds.nullable(),
});
export type EngineStep = z.infer<typeof EngineStep>;

export const EnginePlan = z.object({
  steps: z.array(EngineStep),
  maxConcurrent: z.int().min(1),
  /** For steps that say nothing: `pause` when a person was attached at the start, else `continue`. */
  onFailure: FailurePolicy.default("continue"),
  /** Runs at the same time by agent id; an agent that is not named has no limit of its own. */
  agentLimits: z.record(z.string(), z.int().min(1)),
  /** Holders at the same time by lock name; a lock that is not named has one. */
  pools: z.record(z.string(), z.int().min(1)).default({}),
  /** Of the whole execution on its own clock, without the time that it waits for a person; null: none. */
  timeout: Milliseconds.nullable().default(null),
  budget: z.object({ limit: Micros, currency: Currency, mode: BudgetMode }).nullable(),
  currency: Currency,
  /** Limits of policies, besides `budget`. */
  limits: z.array(EngineLimit).default([]),
  /** What one unit of another currency is worth in the plan's, in millionths. */
  rates: z.record(Currency, Micros).default({}),
  environment: z.string().nullable().default(null),
});
export type EnginePlan = z.infer<typeof EnginePlan>;

/** What an attempt cost. A null amount is unknown, not zero. */
export const CostEntry = z.object({
  amount: Micros.min(0).nullable(),
  currency: Currency,
  certainty: CostCertainty,
  service: z.string(),
  tokens: z.object({ input: z.int().min(0), output: z.int().min(0) }).optional(),
  /** Where the amount was converted into the plan's currency: what was said. */
  original: z.object({ amount: Micros, currency: Currency }).optional(),
});
export type CostEntry = z.infer<typeof CostEntry>;

/** A cost that an agent reported and that is no amount of money (catalogue E4). Its attempt keeps its reservation. */
export const RefusedCost = z.object({
  /** What it said, shortened. */
  said: z.string().max(200),
  /** Follows "because". */
  reason: z.string(),
});
export type RefusedCost = z.infer<typeof RefusedCost>;

/** A named output of a step (catalogue D8). */
export const NamedOutput = z.object({
  name: z.string(),
  type: z.enum(["text", "number", "url"]),
  value: z.union([z.string(), z.number()]),
});
export type NamedOutput = z.infer<typeof NamedOutput>;

/** A file that a step made: referenced, never stored (catalogue C11). */
export const Artifact = z.object({
  type: z.string(),
  /** Inside the workspace, with `/`. */
  path: z.string(),
  url: z.string().nullable(),
  sha256: z.string(),
  size: z.int().min(0),
});
export type Artifact = z.infer<typeof Artifact>;

/** How a command ended: exactly one of `exitCode` and `signal` is set. */
export const CommandEnd = z.object({ exitCode: z.int().nullable(), signal: z.string().nullable() });
export type CommandEnd = z.infer<typeof CommandEnd>;

/** What an attempt changed in its worktree (catalogue N1). */
export const StepChange = z.object({
  branch: z.string(),
  /** Of its own commit; null: it changed nothing. */
  commit: z.string().nullable(),
  /** The commit that it began with. */
  base: z.string(),
  /** At most 200 of them, by path. */
  files: z.array(
    z.object({
      path: z.string(),
      status: z.enum(["added", "modified", "deleted", "renamed"]),
      /** Null: it is not text. */
      insertions: z.int().min(0).nullable(),
      deletions: z.int().min(0).nullable(),
    }),
  ),
  changedFiles: z.int().min(0),
  insertions: z.int().min(0),
  deletions: z.int().min(0),
  /** The commit by which it stands among the results of the execution; null: it does not, or not yet. */
  merged: z.string().nullable(),
});
export type StepChange = z.infer<typeof StepChange>;

/** What a review says of the step that it looked at. */
export const ReviewVerdict = z.object({
  verdict: z.enum(["approved", "changes_requested"]),
  findings: z.string().max(50_000),
});
export type ReviewVerdict = z.infer<typeof ReviewVerdict>;

/** What an attempt leaves behind besides its log. */
export const AttemptResult = z.object({
  end: CommandEnd.nullable(),
  check: z.object({ command: z.string(), end: CommandEnd }).nullable(),
  /** Last lines of the output, for people. */
  tail: z.string(),
  /** What its agent answered as JSON, cut when it is large; absent: agents of its kind answer with nothing. */
  answer: z.json().optional(),
  /** What the step's extractors found. */
  outputs: z.array(NamedOutput).optional(),
  change: StepChange.optional(),
  review: ReviewVerdict.optional(),
  /** Why its agent ended, in the agent's own word. */
  stopReason: z.string().optional(),
  /** The program that was started and its arguments. */
  ran: z.array(z.string()).optional(),
  /** Of an attempt that failed with `merge_conflict`. */
  conflict: ConflictPlace.optional(),
});
export type AttemptResult = z.infer<typeof AttemptResult>;

/**
 * Why a running attempt is stopped. `timeout`: its own; `cancel`, `fail-fast`, `abort` and `deadline` (the execution's timeout) end
 * the whole; `killed`: a person ended this one; `stale`: the plan was revised; `budget`: what it costs passes a limit that is enforced.
 */
export const StopReason = z.enum(["timeout", "cancel", "fail-fast", "abort", "deadline", "killed", "stale", "budget"]);
export type StopReason = z.infer<typeof StopReason>;

/** What stands for a step being done: how its command and its check ended, and the outputs that were there. */
export const StepProof = z.object({
  exitCode: z.int().nullable(),
  /** The acceptance command that passed; null: the step has none. */
  check: z.string().nullable(),
  outputs: z.array(z.string()),
});
export type StepProof = z.infer<typeof StepProof>;

const box = {
  /** The task that the box belongs to: the step's id or, for a parent or checkpoint without work of its own, its id in the file. */
  task: z.string(),
  title: z.string(),
  /** Of the file as it was then, from 1. */
  line: z.int().min(1),
};

/** A box of a spec that was set (catalogue A8): what stood there, what stands there now, and why it may. */
export const WrittenBox = z.object({
  ...box,
  from: z.string(),
  to: z.string(),
  /** Null: it follows from the boxes below or before it. */
  evidence: z.object({ attempt: z.int().min(1), at: z.iso.datetime().nullable(), proof: StepProof }).nullable(),
});
export type WrittenBox = z.infer<typeof WrittenBox>;

/** A box that was not set although its step is done. The reason follows "because" or a colon. */
export const LeftBox = z.object({ ...box, reason: z.string() });
export type LeftBox = z.infer<typeof LeftBox>;

const attempt = { stepId: z.string(), attemptId: z.string(), attempt: z.int().min(1) };

/** The variable part of an event. The engine's `decide` returns these; the shell stamps and stores them before it acts. */
export const EventBody = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("execution.created"),
    planId: z.string(),
    planHash: z.string(),
    title: z.string(),
    plan: EnginePlan,
    /** Whether finished steps tick their boxes in the spec. */
    writeBack: z.boolean().default(true),
    /** Under which services costs of agents were booked before, in the windows of its limits. */
    services: z.record(z.string(), z.array(z.string())).optional(),
  }),
  z.object({
    type: z.literal("attempt.started"),
    ...attempt,
    agent: z.string(),
    simulated: z.boolean(),
    reserved: Micros,
    idempotencyKey: z.string(),
    /** Titles of the steps that it depends on and that failed under the policy `tolerate`. */
    missing: z.array(z.string()).default([]),
  }),
  /** The shell asks the agent to stop and kills it after the grace period. */
  z.object({
    type: z.literal("attempt.stopping"),
    ...attempt,
    reason: StopReason,
    /** The person who ended it. */
    by: z.string().nullable().default(null),
  }),
  /**
   * What a running attempt has cost since its last report. It is booked at once, out of its reservation as far as that goes; the costs
   * of `attempt.finished` come on top.
   */
  z.object({
    type: z.literal("attempt.reported"),
    ...attempt,
    costs: z.array(CostEntry),
    refused: z.array(RefusedCost),
  }),
  z.object({
    type: z.literal("attempt.finished"),
    ...attempt,
    outcome: z.enum(["succeeded", "failed", "cancelled"]),
    failure: Failure.nullable(),
    result: AttemptResult.nullable(),
    costs: z.array(CostEntry),
    artifacts: z.array(Artifact),
    /** By the monotonic clock. */
    duration: Milliseconds,
  }),
  /** A late answer of an attempt that is over; recorded and without effect. */
  z.object({ type: z.literal("attempt.fenced"), ...attempt, message: z.string() }),
  z.object({
    type: z.literal("retry.scheduled"),
    stepId: z.string(),
    attempt: z.int().min(2),
    due: Milliseconds,
    delay: Milliseconds,
    code: FailureCode,
    /** A used-up quota is waited for: the attempt before does not count. */
    quota: z.boolean().default(false),
  }),
  /** The step stands among the ready ones again, without a delay. `fallback`: for its next agent, because this one cannot be used. */
  z.object({
    type: z.literal("step.requeued"),
    stepId: z.string(),
    reason: z.enum(["interrupted", "answered", "stale", "fallback"]),
  }),
  /** A review sends the step that it looked at back, and runs again after it. */
  z.object({
    type: z.literal("review.returned"),
    /** The review. */
    stepId: z.string(),
    target: z.string(),
    /** From 1. */
    round: z.int().min(1),
    findings: z.string(),
    /** All steps that run again, in their order: the review is the last one. A target that runs again already is not among them. */
    steps: z.array(z.string()).min(1),
  }),
  z.object({
    type: z.literal("step.finished"),
    stepId: z.string(),
    status: z.enum(["completed", "failed", "skipped", "cancelled"]),
    failure: Failure.nullable(),
  }),
  /** A person is asked about a step (catalogue F1). */
  z.object({
    type: z.literal("decision.asked"),
    decisionId: z.string(),
    stepId: z.string(),
    /** Of the step. */
    title: z.string(),
    kind: DecisionKind,
    message: z.string(),
    choices: z.array(DecisionChoice),
    /** What `allow` adds to the limit when nothing else is said. */
    amount: Micros.nullable(),
    /** Key of the limit that it is about, for the kind `budget`. */
    limit: z.string().nullable().default(null),
    /** For the kind `permission`: who asks and what for. */
    request: PermissionRequest.extend({ attemptId: z.string() }).nullable().default(null),
    conflict: ConflictPlace.nullable().default(null),
  }),
  z.object({
    type: z.literal("decision.answered"),
    decisionId: z.string(),
    stepId: z.string(),
    choice: DecisionChoice,
    by: z.string(),
    /** What `allow` adds to the limit. */
    amount: Micros.min(0).nullable(),
    /** Key of the limit that is raised. */
    limit: z.string().nullable().default(null),
  }),
  /** The question no longer arises: its step or its execution ended otherwise. */
  z.object({ type: z.literal("decision.withdrawn"), decisionId: z.string(), stepId: z.string() }),
  /** A limit is used up further, or less far because its window has moved on. People are told of what rises. */
  z.object({
    type: z.literal("budget.level"),
    limit: z.string(),
    label: z.string(),
    level: BudgetLevel,
    /** Spent in its window, with what ended attempts of unknown cost keep, and the limit with what was allowed above it. */
    used: Micros,
    of: Micros,
  }),
  /** Nothing starts until `execution.resumed`; what runs goes on. */
  z.object({ type: z.literal("execution.paused"), by: z.string() }),
  /** After a pause, or by a worker that takes over an interrupted execution. */
  z.object({ type: z.literal("execution.resumed"), by: z.string() }),
  /** The execution's own timeout has passed. */
  z.object({ type: z.literal("execution.expired") }),
  /** Steps that have ended are run again, at a person's wish; also after the end of the execution. */
  z.object({ type: z.literal("steps.reopened"), steps: z.array(z.string()).min(1), by: z.string() }),
  /**
   * The execution goes on under another plan (catalogue A7). What `stale` names and everything new is run; the rest keeps what it
   * has reached. Attempts of stale and removed steps are stopped and do not count.
   */
  z.object({
    type: z.literal("plan.revised"),
    planId: z.string(),
    planHash: z.string(),
    title: z.string(),
    plan: EnginePlan,
    stale: z.array(z.string()),
    by: z.string(),
  }),
  z.object({ type: z.literal("cancel.requested"), by: z.string(), force: z.boolean() }),
  /** A later worker found the execution without the worker that ran it. */
  z.object({ type: z.literal("execution.interrupted"), message: z.string() }),
  /**
   * States were written back into the spec, or could not be. It tells what was done and decides nothing; it may follow the end of the
   * execution. `into`: the file, or an editor that has it open with changes that are not saved yet.
   */
  z.object({
    type: z.literal("boxes.written"),
    specPath: z.string(),
    into: z.enum(["file", "editor"]),
    boxes: z.array(WrittenBox),
    left: z.array(LeftBox),
  }),
  z.object({
    type: z.literal("execution.finished"),
    status: z.enum(["completed", "failed", "cancelled"]),
    failure: Failure.nullable(),
  }),
]);
export type EventBody = z.infer<typeof EventBody>;
export type EventType = EventBody["type"];

const stamp = {
  v: z.literal(1),
  executionId: z.string(),
  /** From 1, without gaps: the order of events. */
  seq: z.int().min(1),
  /** Wall time, for people. */
  at: z.iso.datetime(),
  /** The execution's own clock: milliseconds since its start by a monotonic clock. All deadlines are in it. */
  t: Milliseconds,
};

/** What every event has besides its body. */
export const EventStamp = z.object(stamp);

/** One entry of an execution's journal (design, section 4; semantics, Execution). */
export const ExecutionEvent = EventStamp.and(EventBody);
export type ExecutionEvent = EventBody & { v: 1; executionId: string; seq: number; at: string; t: number };
export type EventOf<T extends EventType> = Extract<ExecutionEvent, { type: T }>;
