import { z } from "zod";

/** So many pieces of work a model may plan at a time. */
export const MOST_PLANNED = 300;

/**
 * One piece of work as a language model has planned it (catalogue A3). It has no command, check, cost or limit: what is run, how it is
 * proved and what it may cost are a person's words.
 */
export const PlannedTask = z.strictObject({
  /** Lower case, digits and dashes; unique. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/, "lower case letters, digits and dashes, at most 60"),
  title: z.string().trim().min(1).max(200),
  /** Id of the task of the spec that it is, or is a part of; null: work that the spec does not list. */
  task: z.string().max(300).nullable(),
  /** What to do, beyond what the spec says of that task. */
  instructions: z.string().max(20_000).default(""),
  /** Id of an agent; null: chosen by capability. */
  agent: z.string().max(200).nullable().default(null),
  capability: z.string().max(200).nullable().default(null),
  /** Ids of pieces of this plan whose results it needs. */
  needs: z.array(z.string().max(60)).max(100).default([]),
  /** Files of the workspace that it changes, with `/`. */
  files: z.array(z.string().min(1).max(500)).max(100).default([]),
  /** How long it will take; null: nobody knows. */
  minutes: z.number().positive().max(10_000).nullable().default(null),
  /** Why it is there, by this agent and after these, in a sentence. */
  reason: z.string().max(500).default(""),
});
export type PlannedTask = z.infer<typeof PlannedTask>;

/** What a model has made of a spec. */
export const Decomposition = z.strictObject({
  /** Id of the agent that made it. */
  by: z.string().max(200),
  tasks: z.array(PlannedTask).min(1).max(MOST_PLANNED),
});
export type Decomposition = z.infer<typeof Decomposition>;
