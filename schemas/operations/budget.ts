import { z } from "zod";
import { BudgetView } from "../budget.ts";
import { operation } from "../operation.ts";
import { CommandId } from "./spec.ts";

export const budgetGet = operation({
  name: "budget.get",
  summary:
    "Show limits, what is spent, reserved and forecast, by service, agent, execution and day, and how good estimates were.",
  params: z.strictObject({
    /** How far back the breakdowns go. */
    days: z.int().min(1).max(3_650).default(30),
  }),
  result: BudgetView,
  effect: "read",
  audience: ["person", "agent"],
  http: { method: "GET", path: "/api/v1/budget" },
});

/** Details of the refusal of a billing source that the person has not accepted: `does` and `what` tell what it starts or asks. */
export const UnacceptedSource = z.object({ hash: z.string(), does: z.string(), what: z.string() });

export const budgetBill = operation({
  name: "budget.bill",
  summary: "Ask the billing source for billed amounts and book those that are new.",
  params: z.strictObject({
    /** Hash of the source that the person accepts, as the refusal of one that is not accepted tells it in its details. */
    accept: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable()
      .default(null),
    commandId: CommandId,
  }),
  result: z.object({ booked: z.int().min(0), known: z.int().min(0), refused: z.array(z.string()) }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/budget/bill" },
});
