import { FailureError, throwFailure } from "../../schemas/failure.ts";
import { UnacceptedPlanner, type ModelPlanning } from "../../schemas/operations/plan.ts";
import type { CommandContext } from "./context.ts";
import { plain } from "./render/text.ts";

/** Who plans, as the command line says it. */
export interface PlannerOptions {
  readonly planner?: "rules" | "model";
  readonly plannerAgent?: string;
  /** An agent of the workspace's file may have the spec. */
  readonly yes: boolean;
}

/** Null: the rules. Naming an agent is enough to have it plan. */
export function plannerOf({ planner, plannerAgent }: PlannerOptions): ModelPlanning | null {
  if (planner === "rules" && plannerAgent !== undefined)
    throwFailure(
      "bad_request",
      "--planner-agent names an agent that plans, and --planner rules wants none: leave one out",
    );
  if (planner !== "model" && plannerAgent === undefined) return null;
  return { agent: plannerAgent ?? null, accept: null };
}

/** Plans; asks the person before an agent of the workspace's file gets a spec for the first time. */
export async function withAccepted<T>(
  { terminal, json }: CommandContext,
  planner: ModelPlanning | null,
  yes: boolean,
  plan: (planner: ModelPlanning | null) => Promise<T>,
): Promise<T> {
  try {
    return await plan(planner);
  } catch (error) {
    if (planner === null || !(error instanceof FailureError) || error.failure.code !== "not_approved") throw error;
    const shown = UnacceptedPlanner.safeParse(error.failure.details).data;
    if (!shown) throw error;
    const asked = `Agent ${plain(shown.agent)} of .planwright/agents.json ${plain(shown.what)}. May it get specs of this folder to plan, now and later?`;
    if (!yes && (json || !terminal.canAsk || !(await terminal.confirm(asked)))) throw error;
    return plan({ ...planner, accept: shown.hash });
  }
}
