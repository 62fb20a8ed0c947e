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

export const budgetBill = operation({
  name: "budget.bill",
  summary: "Ask the billing source for billed amounts and book those that are new.",
  params: z.strictObject({ commandId: CommandId }),
  result: z.object({ booked: z.int().min(0), known: z.int().min(0), refused: z.array(z.string()) }),
  effect: "change",
  audience: ["person"],
  http: { method: "POST", path: "/api/v1/budget/bill" },
});
