import { z } from "zod";
import { ExecutionEvent } from "../event.ts";
import { ExecutionProgress } from "../execution.ts";
import { LogCursor, LogEntry, LogFilter } from "../log.ts";
import { operation } from "../operation.ts";

/** What can be followed, and from where: the sequence number or log cursor that the client has already seen. */
export const Topic = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("execution"), executionId: z.string().min(1), after: z.int().min(0).default(0) }),
  z.strictObject({
    kind: z.literal("log"),
    executionId: z.string().min(1),
    filter: LogFilter.default({}),
    after: LogCursor.default(""),
  }),
]);
export type Topic = z.infer<typeof Topic>;

/** A batch in order, without gaps or repeats after the cursor that was given. `end`: nothing more will come. */
export const SubscriptionBatch = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("execution"),
    subscriptionId: z.string(),
    events: z.array(ExecutionEvent),
    progress: ExecutionProgress,
    after: z.int().min(0),
    end: z.boolean(),
  }),
  z.object({
    kind: z.literal("log"),
    subscriptionId: z.string(),
    entries: z.array(LogEntry),
    after: LogCursor,
    end: z.boolean(),
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
