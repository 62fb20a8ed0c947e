import { z } from "zod";
import { StepModification } from "../../schemas/plan.ts";
import { PlanPanelState } from "../../schemas/webview.ts";

export type Tab = "plan" | "timeline";
export type Arrangement = "graph" | "list" | "both";

/** What is kept for after a reload besides what the extension knows. */
export const KeptState = PlanPanelState.extend({
  draft: z.array(StepModification),
  tab: z.enum(["plan", "timeline"]),
  arrangement: z.enum(["graph", "list", "both"]),
  direction: z.enum(["right", "down"]),
  transform: z.object({ x: z.number(), y: z.number(), k: z.number().positive() }).nullable(),
});
export type KeptState = z.infer<typeof KeptState>;
