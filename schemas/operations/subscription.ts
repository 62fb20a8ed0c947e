import { z } from "zod";
import { ExecutionEvent } from "../event.ts";
import { LifecycleEvent } from "../agent-health.ts";
import { AgentView } from "../agent.ts";
import { LimitStanding } from "../budget.ts";
import { Decision } from "../decision.ts";
import { ExecutionProgress, ExecutionSummary, StepGlance } from "../execution.ts";
import { LogCursor, LogEntry, LogFilter } from "../log.ts";
import { operation } from "../operation.ts";
import { PlanSummary } from "../plan.ts";
import { EditorQuestion } from "./model.ts";

/** What can be followed, and from where: the sequence number or log cursor that the client has already seen. */
export const Topic = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("execution"),
    executionId: z.string().min(1),
    after: z.int().min(0).default(0),
    /** Batches carry the steps that their events concern, as they are then, instead of the events. */
    glance: z.boolean().default(false),
  }),
  z.strictObject({
    kind: z.literal("log"),
    executionId: z.string().min(1),
    filter: LogFilter.default({}),
    after: LogCursor.default(""),
    /** Only the newest so many entries of what is there and of each batch, at most ten batches a second; the rest is counted. */
    newest: z.int().min(1).max(5_000).nullable().default(null),
  }),
  /** The workspace as a whole. It has no cursor: each batch is complete. */
  z.strictObject({ kind: z.literal("workspace") }),
  /** What happens to agents, since the worker began. */
  z.strictObject({ kind: z.literal("agents"), after: z.int().min(0).default(0) }),
  /** Questions to language models of the editor that follows: following means to answer them. What was asked before is not told again. */
  z.strictObject({ kind: z.literal("models") }),
]);
export type Topic = z.infer<typeof Topic>;

/** What is going on in a workspace, for lists and badges. */
export const WorkspaceView = z.object({
  /** All that have not ended and the fifty that ended last, newest first. */
  executions: z.array(ExecutionSummary),
  /** Of those that have not ended. */
  progress: z.array(ExecutionProgress),
  /** What waits for a person, oldest first. */
  decisions: z.array(Decision),
  /** The newest plan of each spec, where it waits for approval. */
  plans: z.array(PlanSummary),
  agents: z.array(AgentView),
  /** The limits that hold now, the most used up first; the breakdowns are asked for with `budget.get`. */
  limits: z.array(LimitStanding),
  /** What is wrong with the agents file, and what happened to the record, one sentence each. */
  notices: z.array(z.string()),
  /** What is wrong with the budget file, one sentence each; while there is something, nothing can be approved or started. */
  budgetProblems: z.array(z.string()).optional(),
  /** The same of the hooks file. */
  hookProblems: z.array(z.string()).optional(),
});
export type WorkspaceView = z.infer<typeof WorkspaceView>;

/** A batch in order, without gaps or repeats after the cursor that was given. `end`: nothing more will come. */
export const SubscriptionBatch = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("execution"),
    subscriptionId: z.string(),
    events: z.array(ExecutionEvent),
    /** With `glance`: the steps that changed since the batch before. A step that never was in one has not begun. */
    steps: z.array(StepGlance),
    progress: ExecutionProgress,
    after: z.int().min(0),
    end: z.boolean(),
  }),
  z.object({
    kind: z.literal("log"),
    subscriptionId: z.string(),
    entries: z.array(LogEntry),
    /**
     * With `newest`: how many entries of the log stand before these and behind those of the batch before; null: there are some, and
     * counting them would take too long (only in the first batch).
     */
    skipped: z.int().min(0).nullable(),
    after: LogCursor,
    end: z.boolean(),
  }),
  z.object({
    kind: z.literal("workspace"),
    subscriptionId: z.string(),
    workspace: WorkspaceView,
    end: z.literal(false),
  }),
  z.object({
    kind: z.literal("agents"),
    subscriptionId: z.string(),
    events: z.array(LifecycleEvent),
    after: z.int().min(0),
    end: z.literal(false),
  }),
  z.object({
    kind: z.literal("models"),
    subscriptionId: z.string(),
    questions: z.array(EditorQuestion),
    /** Questions whose answers nobody wants any more. */
    withdrawn: z.array(z.string()),
    end: z.literal(false),
  }),
]);
export type SubscriptionBatch = z.infer<typeof SubscriptionBatch>;

/** Name of the notification that carries a SubscriptionBatch. */
export const SUBSCRIPTION_BATCH = "subscription.batch";

export const subscriptionOpen = operation({
  name: "subscription.open",
  summary: "Follow an execution or its log from a cursor. Batches arrive as notifications.",
  params: z.strictObject({ topic: Topic }),
  result: z.object({ subscriptionId: z.string() }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/subscriptions" },
});

export const subscriptionClose = operation({
  name: "subscription.close",
  summary: "Stop following.",
  params: z.strictObject({ subscriptionId: z.string() }),
  result: z.object({}),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "POST", path: "/api/v1/subscriptions/{subscriptionId}/close" },
});
