import { z } from "zod";
import { BudgetLevel, BudgetWindow } from "./budget.ts";
import { Milliseconds } from "./duration.ts";
import { Artifact, LeftBox, NamedOutput, WrittenBox } from "./event.ts";
import { Costs, ExecutionStatus, StepStatus } from "./execution.ts";
import { Failure } from "./failure.ts";
import { HookDelivery } from "./hook.ts";
import { Amount } from "./money.ts";
import { BudgetMode } from "./spec.ts";

const ReportAttempt = z.object({
  attempt: z.int().min(1),
  outcome: z.enum(["succeeded", "failed", "cancelled", "interrupted"]),
  startedAt: z.iso.datetime(),
  duration: Milliseconds.nullable(),
  exitCode: z.int().nullable(),
  failure: Failure.nullable(),
  /** What shows what it has done: labels and texts for people. */
  evidence: z.array(z.object({ label: z.string(), text: z.string() })).default([]),
});

const ReportStep = z.object({
  id: z.string(),
  title: z.string(),
  /** Null: the plan was revised and no longer has it. */
  line: z.int().min(1).nullable(),
  agent: z.string().nullable(),
  capability: z.string(),
  status: StepStatus,
  simulated: z.boolean(),
  dependencies: z.array(z.string()),
  attempts: z.array(ReportAttempt),
  duration: Milliseconds.nullable(),
  estimatedDuration: Milliseconds.nullable(),
  cost: Amount,
  estimatedCost: Amount,
  check: z.object({ command: z.string(), passed: z.boolean() }).nullable(),
  artifacts: z.array(Artifact),
  /** What its extractors found. */
  outputs: z.array(NamedOutput).default([]),
  failure: Failure.nullable(),
});

/** What changed the course of an execution from outside: a person, or (`by` null) the loss of its worker. */
const Intervention = z.object({
  at: z.iso.datetime(),
  by: z.string().nullable(),
  stepId: z.string().nullable(),
  /** One sentence for people. */
  what: z.string(),
});

/** What the spec's tasks are for, and what became of it. */
const ReportRequirement = z.object({
  /** As tasks name it, such as `1.2` or `US1`. */
  id: z.string(),
  /** Null, like the place: no file says so, only tasks refer to it. */
  title: z.string().nullable(),
  path: z.string().nullable(),
  line: z.int().min(1).nullable(),
  /** Of the tasks that serve it and were not left out: all, some or none are done. Simulated work counts for nothing. */
  state: z.enum(["done", "partly", "open", "uncovered"]),
  tasks: z.array(
    z.object({
      ...{ id: z.string(), title: z.string(), status: StepStatus, simulated: z.boolean() },
      /** The spec showed it as done or left it out before. */
      before: z.boolean(),
    }),
  ),
  /** How many serve it that are not listed. */
  moreTasks: z.int().min(0),
});

/** What was written back into the spec, and what shows that it may say so. */
const ReportBoxes = z.object({
  ticked: z
    .array(
      z.object({
        ...WrittenBox.shape,
        at: z.iso.datetime(),
        /** `editor`: it was open there with changes that were not saved yet. */
        into: z.enum(["file", "editor"]),
      }),
    )
    .default([]),
  /** Boxes of finished tasks that show what they showed, and why. */
  left: z.array(LeftBox).default([]),
});

/** The limits of an execution and what became of them. Amounts are in the currency of its costs. */
const ReportBudget = z.object({
  limits: z
    .array(
      z.object({
        key: z.string(),
        label: z.string(),
        limit: z.number().min(0),
        mode: BudgetMode,
        window: BudgetWindow,
      }),
    )
    .default([]),
  /** People were told; in order. */
  levels: z
    .array(
      z.object({
        ...{ at: z.iso.datetime(), key: z.string(), label: z.string(), level: BudgetLevel },
        ...{ used: z.number().min(0), of: z.number().min(0) },
      }),
    )
    .default([]),
  /** What agents said of their costs and what is no amount of money. */
  refused: z
    .array(
      z.object({
        ...{ at: z.iso.datetime(), stepId: z.string(), attempt: z.int().min(1) },
        ...{ said: z.string(), reason: z.string() },
      }),
    )
    .default([]),
  /** Attempts that cost more than what was set aside for them. */
  overruns: z
    .array(
      z.object({
        ...{ stepId: z.string(), attempt: z.int().min(1), reserved: z.number().min(0), cost: z.number().min(0) },
      }),
    )
    .default([]),
  /** Money that people allowed above a limit, by its key. */
  allowed: z
    .array(
      z.object({
        ...{ at: z.iso.datetime(), by: z.string(), stepId: z.string(), key: z.string(), amount: z.number().min(0) },
      }),
    )
    .default([]),
});

/** The report of one execution, written at its end, whatever the end was (catalogue L2). Published as schemas/json/report.schema.json. */
export const Report = z.object({
  version: z.literal(1),
  executionId: z.string(),
  planId: z.string(),
  planHash: z.string(),
  title: z.string(),
  specPath: z.string(),
  status: ExecutionStatus,
  simulated: z.boolean(),
  startedAt: z.iso.datetime(),
  completedAt: z.iso.datetime().nullable(),
  duration: Milliseconds,
  estimatedDuration: Milliseconds.nullable(),
  estimatedCost: Amount,
  counts: z.object({
    total: z.int(),
    completed: z.int(),
    failed: z.int(),
    skipped: z.int(),
    cancelled: z.int(),
    retried: z.int(),
  }),
  costs: Costs,
  budget: ReportBudget.prefault({}),
  failure: Failure.nullable(),
  steps: z.array(ReportStep),
  /** In the order of their file; empty where the spec refers to none. */
  requirements: z.array(ReportRequirement).default([]),
  boxes: ReportBoxes.prefault({}),
  artifacts: z.array(Artifact),
  /** What hooks were sent, how that stands and what they answered, newest first. */
  hooks: z.array(HookDelivery.omit({ executionId: true })).default([]),
  /** In order. */
  interventions: z.array(Intervention),
  notices: z.array(z.string()),
});
export type Report = z.infer<typeof Report>;
