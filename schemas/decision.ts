import { z } from "zod";
import { ToolKind } from "./agent.ts";
import { Amount, Currency } from "./money.ts";

/**
 * Why a person is asked (catalogue F1). `step_failed`: a step failed for good and its policy is `pause`. `agent_unavailable`: the
 * same, because its agent cannot be used. `interrupted`: a crash of ours interrupted a step that must not simply run again.
 * `budget`: the next step does not fit the limit. `permission`: a running agent asks whether it may do something. `conflict`: what a step
 * changed does not fit what others changed meanwhile.
 */
export const DecisionKind = z.enum([
  "step_failed",
  "agent_unavailable",
  "interrupted",
  "budget",
  "permission",
  "conflict",
]);
export type DecisionKind = z.infer<typeof DecisionKind>;

/**
 * `retry`: run the step again, with changes where some are given. `skip`: go on without it, as if it were done; under `budget`
 * what depends on it is skipped too. `allow`: raise the limit. `abort`: stop the execution. A permission is given once, for the rest of
 * the execution (`allow_session`) or for this workspace until it is taken back (`allow_always`), or not given (`reject`).
 */
export const DecisionChoice = z.enum([
  "retry",
  "skip",
  "allow",
  "abort",
  "allow_once",
  "allow_session",
  "allow_always",
  "reject",
]);
export type DecisionChoice = z.infer<typeof DecisionChoice>;

/** What a person answers an agent that asks. */
export const PermissionChoice = DecisionChoice.extract(["allow_once", "allow_session", "allow_always", "reject"]);
export type PermissionChoice = z.infer<typeof PermissionChoice>;

/** What a running agent wants to do and may not do without a person. */
export const PermissionRequest = z.object({
  /** Unique within its attempt. */
  requestId: z.string(),
  agent: z.string(),
  tool: ToolKind,
  /** What it is about to do, in its own words. */
  title: z.string().max(1_000),
  /** The command, path or address in question, as far as the agent tells; what "always" holds for. */
  subject: z.string().max(10_000).nullable(),
});
export type PermissionRequest = z.infer<typeof PermissionRequest>;

/** Where two changes do not fit. */
export const ConflictPlace = z.object({
  /** Real path of the folder in which the conflict stands open. */
  folder: z.string(),
  branch: z.string(),
  /** Paths inside it, with `/`. */
  files: z.array(z.string()),
});
export type ConflictPlace = z.infer<typeof ConflictPlace>;

/** Something that waits for a person. It is answered once, by anyone; the first answer holds. */
export const Decision = z.object({
  decisionId: z.string(),
  executionId: z.string(),
  stepId: z.string(),
  /** Title of the step. */
  title: z.string(),
  kind: DecisionKind,
  /** What happened, for the person who decides. */
  message: z.string(),
  choices: z.array(DecisionChoice),
  /** What `allow` adds to the limit when no amount is given; null for other kinds. */
  amount: Amount,
  currency: Currency,
  /** Key of the limit that `allow` raises; null: the spec's own, or another kind of decision. */
  limit: z.string().nullable().default(null),
  request: PermissionRequest.nullable().default(null),
  conflict: ConflictPlace.nullable().default(null),
  askedAt: z.iso.datetime(),
});
export type Decision = z.infer<typeof Decision>;

/** A decision that is over. `withdrawn`: its step or its execution ended otherwise. */
export const SettledDecision = Decision.extend({
  status: z.enum(["open", "answered", "withdrawn"]),
  choice: DecisionChoice.nullable(),
  by: z.string().nullable(),
  answeredAt: z.iso.datetime().nullable(),
});
export type SettledDecision = z.infer<typeof SettledDecision>;
