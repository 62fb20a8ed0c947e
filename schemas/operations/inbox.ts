import { z } from "zod";
import { DecisionChoice, SettledDecision } from "../decision.ts";
import { ExecutionStatus } from "../execution.ts";
import { operation } from "../operation.ts";
import { StepModification } from "../plan.ts";
import { CommandId } from "./spec.ts";

export const inboxList = operation({
  name: "inbox.list",
  summary: "List what waits for a person, oldest first; with `settled` also what was decided.",
  params: z.strictObject({ settled: z.boolean().default(false), limit: z.int().min(1).max(1_000).default(50) }),
  result: z.object({ decisions: z.array(SettledDecision) }),
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/inbox" },
});

export const inboxAnswer = operation({
  name: "inbox.answer",
  summary: "Answer a decision. The first answer holds; a later one is refused and told who was first.",
  params: z.strictObject({
    decisionId: z.string().min(1),
    choice: DecisionChoice,
    /** What `allow` adds to the limit, in the execution's currency; what was asked for when left out. */
    amount: z.number().positive().max(1_000_000_000).nullable().default(null),
    /** With `retry`: changes of the step before it is tried again. Giving them approves them. */
    modifications: z.array(StepModification).default([]),
    commandId: CommandId,
  }),
  result: z.object({ decisionId: z.string(), executionId: z.string(), status: ExecutionStatus }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/inbox/{decisionId}/answer" },
});
