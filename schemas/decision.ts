import { z } from "zod";
import { Amount, Currency } from "./money.ts";

/**
 * Why a person is asked (catalogue F1). `step_failed`: a step failed for good and its policy is `pause`. `agent_unavailable`: the
 * same, because its agent cannot be used. `interrupted`: a crash of ours interrupted a step that must not simply run again.
 * `budget`: the next step does not fit the limit.
 */
export const DecisionKind = z.enum(["step_failed", "agent_unavailable", "interrupted", "budget"]);
export type DecisionKind = z.infer<typeof DecisionKind>;

/**
 * `retry`: run the step again, with changes where some are given. `skip`: go on without it, as if it were done; under `budget`
 * what depends on it is skipped too. `allow`: raise the limit. `abort`: stop the execution.
 */
export const DecisionChoice = z.enum(["retry", "skip", "allow", "abort"]);
export type DecisionChoice = z.infer<typeof DecisionChoice>;

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
