import { z } from "zod";
import { Milliseconds } from "./duration.ts";

/** What a hook can be told of (catalogue F2). */
export const HookEvent = z.enum([
  /** Something waits for a person, was answered or withdrawn. */
  "decision",
  /** The execution started, was paused, resumed, interrupted. */
  "state",
  /** A step ended. */
  "step",
  /** A step made artifacts or named outputs. */
  "artifact",
  /** A limit's threshold or the limit itself was reached. */
  "budget",
  "success",
  "failure",
  "cancelled",
]);
export type HookEvent = z.infer<typeof HookEvent>;

/** One hook: an address that is sent a POST, or a program that gets the same JSON on its standard input. Exactly one of both. */
export const Hook = z
  .strictObject({
    id: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "letters, digits, dot, dash and underscore"),
    on: z.array(HookEvent).min(1),
    url: z.url({ protocol: /^https?$/, error: "an http or https address" }).optional(),
    command: z.array(z.string().min(1)).min(1).optional(),
    /** Name of the environment variable that holds the signing secret; without it nothing is signed. */
    secretEnv: z.string().optional(),
    timeout: Milliseconds.min(100).max(300_000).default(10_000),
    /** Tries in all; the delays between them double from one second to ten minutes. */
    maxAttempts: z.int().min(1).max(50).default(12),
    /** Loopback and private addresses are refused unless this is true. */
    allowPrivate: z.boolean().default(false),
  })
  .refine(({ url, command }) => (url === undefined) !== (command === undefined), {
    message: "either `url` or `command` is needed",
  });
export type Hook = z.infer<typeof Hook>;

/** The content of `.planwright/hooks.json`. A plan carries the hooks that were in force, and an approval binds them. */
export const HooksFile = z.strictObject({ $schema: z.string().optional(), hooks: z.array(Hook) });
export type HooksFile = z.infer<typeof HooksFile>;

/** What a hook is sent. The same occasion always has the same `key`, however often it is sent. */
export const HookPayload = z.object({
  v: z.literal(1),
  key: z.string(),
  hook: z.string(),
  event: HookEvent,
  at: z.iso.datetime(),
  executionId: z.string(),
  title: z.string(),
  simulated: z.boolean(),
  stepId: z.string().nullable(),
  message: z.string(),
  /** What the event says besides: artifacts, outputs, choices, cost. */
  data: z.record(z.string(), z.json()),
});
export type HookPayload = z.infer<typeof HookPayload>;

/** How one sending stands. */
export const HookDelivery = z.object({
  key: z.string(),
  hook: z.string(),
  event: HookEvent,
  executionId: z.string(),
  stepId: z.string().nullable(),
  state: z.enum(["pending", "delivered", "given-up"]),
  attempts: z.int().min(0),
  at: z.iso.datetime(),
  nextAt: z.iso.datetime().nullable(),
  problem: z.string().nullable(),
  /** What the hook answered the first time that it answered, such as a transaction id; null: nothing. */
  answer: z.json(),
});
export type HookDelivery = z.infer<typeof HookDelivery>;
