import { z } from "zod";
import { BudgetPolicy } from "./budget.ts";
import { Diagnostic, SourceRange } from "./diagnostic.ts";
import { Milliseconds } from "./duration.ts";
import { FailureCode } from "./failure.ts";
import { Hook } from "./hook.ts";
import { Amount, Currency, Micros } from "./money.ts";
import {
  Command,
  Dialect,
  Extractor,
  FailurePolicy,
  Isolation,
  MergeMode,
  PLAIN_READING,
  SpecBudget,
  SpecReading,
  SpecRequirement,
} from "./spec.ts";

/**
 * When an attempt is tried again (catalogue C2). Delay of retry n is min(cap, base * factor^(n-1) * (1 + jitter * r)) with r from
 * 0 to 1, which follows from the attempt's id alone.
 */
export const RetryPolicy = z.object({
  maxAttempts: z.int().min(1).max(101),
  base: Milliseconds,
  factor: z.number().min(1),
  cap: Milliseconds,
  jitter: z.number().min(0).max(1).default(0),
  retryOn: z.array(FailureCode),
});
export type RetryPolicy = z.infer<typeof RetryPolicy>;

/** What a person decided, or has to decide, about a step. An `undecided` step blocks approval. */
export const StepDecision = z.enum(["agent", "simulate", "skip", "undecided"]);
export type StepDecision = z.infer<typeof StepDecision>;

/**
 * Where an estimate comes from. `history`: the median of recorded runs. `none`: there is nothing to estimate, as with commands'
 * costs and skipped steps.
 */
export const EstimateSource = z.enum(["declared", "history", "registered", "none", "unknown"]);
export type EstimateSource = z.infer<typeof EstimateSource>;

/** A resource that a step uses alone, or that few may use at the same time. */
export const StepLock = z.object({
  name: z.string(),
  /** Why it was inferred; null when the spec names it. */
  reason: z.string().nullable(),
});
export type StepLock = z.infer<typeof StepLock>;

/** What a step hands to its agent. */
export const StepParameters = z.object({
  instructions: z.string(),
  command: Command.nullable(),
  cwd: z.string().nullable(),
  env: z.record(z.string(), z.string()),
  /** Changes by a person; agents get them as they are. */
  extra: z.record(z.string(), z.json()),
});
export type StepParameters = z.infer<typeof StepParameters>;

/** Why the planner chose what the spec does not say. Null: the spec says so. */
export const StepReason = z.object({
  agent: z.string(),
  capability: z.string(),
  /** One sentence for each entry of the step's dependencies, by step id. */
  dependencies: z.record(z.string(), z.string()),
});
export type StepReason = z.infer<typeof StepReason>;

export const PlanStep = z.object({
  id: z.string(),
  title: z.string(),
  agent: z.string().nullable(),
  /** Agents for the attempts after one that its agent could not do. */
  fallbacks: z.array(z.string()).default([]),
  capability: z.string(),
  decision: StepDecision,
  simulated: z.boolean(),
  parameters: StepParameters,
  dependencies: z.array(z.string()),
  estimatedCost: Amount,
  estimatedDuration: Milliseconds.nullable(),
  /** What nine of ten runs stay below, from the record; null without enough runs. The reservation of an attempt. */
  highCost: Amount.default(null),
  highDuration: Milliseconds.nullable().default(null),
  estimateSource: z.object({ cost: EstimateSource, duration: EstimateSource }),
  /** How many recorded runs the estimates rest on, or how many are missing, for people; null where the record is not asked. */
  estimateNote: z.string().nullable().default(null),
  /** What a declared or reported cost is booked under. */
  service: z.string().nullable(),
  parent: z.string().nullable(),
  priority: z.int(),
  retry: RetryPolicy,
  timeout: z.union([Milliseconds, z.literal("none")]),
  /** Null: decided at the start, `pause` when a person is attached, else `continue`. */
  onFailure: FailurePolicy.nullable(),
  idempotent: z.boolean().default(true),
  /** Whose prompt template its agent gets; null: agents of its kind get none. */
  role: z.string().nullable().default(null),
  change: z.enum(["required", "optional"]).default("optional"),
  /** The step whose work it reviews. */
  reviews: z.string().nullable().default(null),
  rounds: z.int().min(0).max(20).default(2),
  /**
   * Where it works: `worktree`, one of its own, from what was merged before it; `tree`, the one that the execution's results are merged
   * into; `folder`, the workspace folder itself.
   */
  place: z.enum(["worktree", "tree", "folder"]).default("folder"),
  locks: z.array(StepLock).default([]),
  files: z.array(z.string()),
  outputs: z.array(z.string()),
  extract: z.array(Extractor).default([]),
  check: z.string().nullable(),
  checkpoint: z.boolean(),
  section: z.array(z.string()),
  /** What it serves, as its task says: ids of requirements, stories, scenarios. */
  requirements: z.array(z.string()).default([]),
  /** Line of the spec, from 1. */
  line: z.int().min(1),
  range: SourceRange,
  /** That of the task; the box of a task whose words changed meanwhile is not ticked. */
  fingerprint: z.string(),
  reason: StepReason,
});
export type PlanStep = z.infer<typeof PlanStep>;

/** What a person changes in a plan before approving it (catalogue B2). */
export const StepModification = z.strictObject({
  stepId: z.string(),
  agent: z.string().optional(),
  skip: z.boolean().optional(),
  simulate: z.boolean().optional(),
  timeout: z.union([Milliseconds, z.literal("none")]).optional(),
  retries: z.int().min(0).max(100).optional(),
  parameters: z.record(z.string(), z.json()).optional(),
  /** Joins the step's instructions (catalogue B3). */
  comment: z.string().min(1).max(10_000).optional(),
  /** Instead of what the spec says and what is inferred; empty: none. */
  locks: z.array(z.string()).optional(),
});
export type StepModification = z.infer<typeof StepModification>;

export const Plan = z.object({
  planId: z.string(),
  title: z.string(),
  /** Path of the spec inside the workspace, with `/`. */
  specPath: z.string(),
  dialect: Dialect,
  /** How its spec was read, and is read again when boxes are ticked. */
  reading: SpecReading.default(PLAIN_READING),
  createdAt: z.iso.datetime(),
  /** SHA-256 over what runs; an approval binds to it (semantics, Approval). */
  hash: z.string(),
  steps: z.array(PlanStep),
  /** Tasks that the spec shows as done or skipped; they are not run. */
  settled: z.array(
    z.object({
      ...{ id: z.string(), title: z.string(), state: z.enum(["done", "skipped"]), line: z.int().min(1) },
      requirements: z.array(z.string()).default([]),
    }),
  ),
  /** Tasks that are marked optional and not done; `reading` says whether they run. */
  optionalTasks: z.int().min(0).default(0),
  /** Sum over all steps; null when one of them is unknown. */
  estimatedCost: Amount,
  /** Sum of the known ones. */
  knownCost: z.number().min(0),
  unknownCosts: z.int().min(0),
  currency: Currency,
  /** Expected time from start to end with `maxConcurrent` places; null when a step on the way is unknown. */
  estimatedDuration: Milliseconds.nullable(),
  knownDuration: Milliseconds,
  unknownDurations: z.int().min(0),
  /** Step ids of the longest way through the plan, in order, and its length. */
  criticalPath: z.array(z.string()),
  criticalPathDuration: Milliseconds,
  budget: SpecBudget.nullable(),
  /** The policies of `.planwright/budget.json` that hold for it, besides its own budget. */
  policies: z.array(BudgetPolicy).default([]),
  /** What one unit of another currency is worth in the plan's, in millionths. */
  rates: z.record(Currency, Micros).default({}),
  /** Who is told of what happens (catalogue F2). */
  hooks: z.array(Hook).default([]),
  maxConcurrent: z.int().min(1),
  /** For steps that say nothing; null: decided at the start. */
  onFailure: FailurePolicy.nullable(),
  /** Of the whole execution. */
  timeout: Milliseconds.nullable().default(null),
  /** How many steps may use a resource at the same time, by name. */
  pools: z.record(z.string(), z.int().min(1)).default({}),
  context: z.object({ text: z.string().nullable(), files: z.array(z.string()), environment: z.string().nullable() }),
  /** How coding steps are kept apart; null: it has none, and all its steps work in the folder. */
  isolation: z
    .object({
      kind: Isolation,
      merge: MergeMode,
      /** Why, for people. */
      reason: z.string(),
      /** Shell text that prepares each new worktree; null: none. */
      setup: z.string().nullable(),
      /** Globs of files that git does not have and that are copied into each. */
      bring: z.array(z.string()),
    })
    .nullable()
    .default(null),
  /** SHA-256 of the prompt template of each role that its steps have. */
  roleHashes: z.record(z.string(), z.string()).default({}),
  /** Files of the workspace that such templates come from, by role; those that are built in are not among them. */
  roleFiles: z.record(z.string(), z.string()).default({}),
  /** Who made it: the rules, or a language model (catalogue A3), with what a person should know of that. */
  planner: z
    .object({ kind: z.enum(["structural", "model"]), agent: z.string().nullable(), note: z.string().nullable() })
    .default({ kind: "structural", agent: null, note: null }),
  /** Definitions of the agents that the steps use, by id: SHA-256 of each. */
  agentHashes: z.record(z.string(), z.string()),
  /** The programs that agents of the steps start, by agent id, for the person who approves. */
  agentCommands: z.record(z.string(), z.array(z.string())),
  /** The changes by a person that are contained in the steps above. */
  modifications: z.array(StepModification),
  /** The execution that it was made to go on with (catalogue A7); null: none. */
  revises: z.string().nullable().default(null),
  /** What its steps can refer to, for the report. */
  requirements: z.array(SpecRequirement).default([]),
  diagnostics: z.array(Diagnostic),
});
export type Plan = z.infer<typeof Plan>;

/** A line of a list of plans. */
export const PlanSummary = z.object({
  planId: z.string(),
  title: z.string(),
  specPath: z.string(),
  createdAt: z.iso.datetime(),
  approved: z.boolean(),
  steps: z.int().min(0),
  estimatedCost: Amount,
  currency: Currency,
  estimatedDuration: Milliseconds.nullable(),
});
export type PlanSummary = z.infer<typeof PlanSummary>;
