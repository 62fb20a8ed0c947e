import { z } from "zod";
import { Milliseconds } from "./duration.ts";
import { Failure, FailureCode } from "./failure.ts";
import { CostCertainty, Currency, Micros } from "./money.ts";
import { RetryPolicy } from "./plan.ts";
import { FailurePolicy } from "./spec.ts";

/** What the engine needs to know of a step. Agents, prompts and commands stay in the plan: the engine decides, it does not run. */
export const EngineStep = z.object({
  id: z.string(),
  title: z.string(),
  dependencies: z.array(z.string()),
  agent: z.string(),
  /** A skipped step ends as `skipped` at once and counts as waived for what depends on it. */
  skip: z.boolean(),
  simulated: z.boolean(),
  priority: z.int(),
  retry: RetryPolicy,
  /** Null: no timeout. */
  timeout: Milliseconds.nullable(),
  onFailure: FailurePolicy,
  /** Reserved before each attempt. Null: unknown, reserves nothing. Simulated steps never reserve. */
  cost: Micros.nullable(),
  /** Expected duration of an attempt; null: unknown. */
  duration: Milliseconds.nullable(),
});
export type EngineStep = z.infer<typeof EngineStep>;

export const EnginePlan = z.object({
  steps: z.array(EngineStep),
  maxConcurrent: z.int().min(1),
  /** Runs at the same time by agent id; an agent that is not named has no limit of its own. */
  agentLimits: z.record(z.string(), z.int().min(1)),
  budget: z.object({ limit: Micros, currency: Currency, mode: z.enum(["enforce"]) }).nullable(),
  currency: Currency,
});
export type EnginePlan = z.infer<typeof EnginePlan>;

/** What an attempt cost. A null amount is unknown, not zero. */
export const CostEntry = z.object({
  amount: Micros.min(0).nullable(),
  currency: Currency,
  certainty: CostCertainty,
  service: z.string(),
});
export type CostEntry = z.infer<typeof CostEntry>;

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

/** What an attempt leaves behind besides its log. */
export const AttemptResult = z.object({
  end: CommandEnd.nullable(),
  check: z.object({ command: z.string(), end: CommandEnd }).nullable(),
  /** Last lines of the output, for people. */
  tail: z.string(),
});
export type AttemptResult = z.infer<typeof AttemptResult>;

export const StopReason = z.enum(["timeout", "cancel", "fail-fast"]);
export type StopReason = z.infer<typeof StopReason>;

const attempt = { stepId: z.string(), attemptId: z.string(), attempt: z.int().min(1) };

/** The variable part of an event. The engine's `decide` returns these; the shell stamps and stores them before it acts. */
export const EventBody = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("execution.created"),
    planId: z.string(),
    planHash: z.string(),
    title: z.string(),
    plan: EnginePlan,
  }),
  z.object({
    type: z.literal("attempt.started"),
    ...attempt,
    agent: z.string(),
    simulated: z.boolean(),
    reserved: Micros,
    idempotencyKey: z.string(),
  }),
  /** The shell asks the agent to stop and kills it after the grace period. */
  z.object({ type: z.literal("attempt.stopping"), ...attempt, reason: StopReason }),
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
  }),
  z.object({
    type: z.literal("step.finished"),
    stepId: z.string(),
    status: z.enum(["completed", "failed", "skipped", "cancelled"]),
    failure: Failure.nullable(),
  }),
  z.object({ type: z.literal("cancel.requested"), by: z.string(), force: z.boolean() }),
  /** A later worker found the execution without the worker that ran it. */
  z.object({ type: z.literal("execution.interrupted"), message: z.string() }),
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

/** One entry of an execution's journal (design, section 4; semantics, Execution). */
export const ExecutionEvent = z.object(stamp).and(EventBody);
export type ExecutionEvent = EventBody & { v: 1; executionId: string; seq: number; at: string; t: number };
export type EventOf<T extends EventType> = Extract<ExecutionEvent, { type: T }>;
