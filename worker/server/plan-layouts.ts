import type { PlanLayout } from "../../schemas/plan-layout.ts";
import type { Plan } from "../../schemas/plan.ts";
import { layOut } from "../plan/layout.ts";

/** Where the steps of a plan stand in a drawing. */
export function layoutOf(plan: Plan, direction: PlanLayout["direction"]): PlanLayout {
  return { planId: plan.planId, direction, ...layOut(plan.steps, direction) };
}
