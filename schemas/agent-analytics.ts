import { z } from "zod";
import { Milliseconds } from "./duration.ts";
import { FailureCode } from "./failure.ts";
import { Currency } from "./money.ts";

/** How the runs of one agent went (catalogue D6). Simulated runs are counted apart and enter no other figure. */
export const AgentAnalytics = z.object({
  agent: z.string(),
  runs: z.int().min(0),
  simulatedRuns: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  cancelled: z.int().min(0),
  /** Runs that a crash of ours interrupted. */
  interrupted: z.int().min(0),
  running: z.int().min(0),
  /** Of the runs that ended by themselves, 0 to 1; null: none did. */
  successRate: z.number().min(0).max(1).nullable(),
  /** Of successful runs: half stay at or below `typical`, nine of ten at or below `high`; null: there were none. */
  duration: z.object({ typical: Milliseconds.nullable(), high: Milliseconds.nullable() }),
  /** What is known to have been spent, by currency. */
  costs: z.array(z.object({ currency: Currency, amount: z.number().min(0) })),
  /** Ledger entries without a known amount. */
  unknownCosts: z.int().min(0),
  /** Failed runs by code. */
  errors: z.partialRecord(FailureCode, z.int().min(1)),
  lastRunAt: z.iso.datetime().nullable(),
});
export type AgentAnalytics = z.infer<typeof AgentAnalytics>;
