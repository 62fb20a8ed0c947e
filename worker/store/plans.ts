import { toMicros } from "../../schemas/money.ts";
import { Plan } from "../../schemas/plan.ts";
import { json } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

/** Records a plan with the text of its spec. A plan that is there already is replaced, as a modified plan replaces the first draft. */
export function savePlan(database: Database, plan: Plan, specification: string): void {
  const { context, steps, ...rest } = plan;
  database.run(
    `INSERT INTO plans (id, specification, title, spec_path, dialect, hash, estimated_cost_micros, currency,
       estimated_duration, created_at, context, steps, plan)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET specification = excluded.specification, title = excluded.title,
       spec_path = excluded.spec_path, dialect = excluded.dialect, hash = excluded.hash,
       estimated_cost_micros = excluded.estimated_cost_micros, currency = excluded.currency,
       estimated_duration = excluded.estimated_duration, created_at = excluded.created_at,
       context = excluded.context, steps = excluded.steps, plan = excluded.plan`,
    [
      plan.planId,
      specification,
      plan.title,
      plan.specPath,
      plan.dialect,
      plan.hash,
      plan.estimatedCost === null ? null : toMicros(plan.estimatedCost),
      plan.currency,
      plan.estimatedDuration,
      plan.createdAt,
      JSON.stringify(context),
      JSON.stringify(steps),
      JSON.stringify(rest),
    ],
  );
}

/** Null when there is no such plan. */
export function findPlan(database: Database, planId: string): Plan | null {
  return database.first("SELECT context, steps, plan FROM plans WHERE id = ?", [planId], planIn);
}

/** The text of the spec that a plan was made from. */
export function findSpecification(database: Database, planId: string): string | null {
  return database.first("SELECT specification FROM plans WHERE id = ?", [planId], (row) =>
    String(row["specification"]),
  );
}

/** The plan of a spec that was approved last, as it was approved; null when none was, or when it was changed since. */
export function lastApprovedPlan(database: Database, specPath: string): Plan | null {
  return database.first(
    `SELECT p.context, p.steps, p.plan FROM approvals a JOIN plans p ON p.id = a.plan_id AND p.hash = a.plan_hash
     WHERE p.spec_path = ? ORDER BY a.id DESC LIMIT 1`,
    [specPath],
    planIn,
  );
}

const PlanRest = Plan.omit({ context: true, steps: true });

/** The parts are parsed one by one, so that fewer copies of a large plan are in memory at the same time. */
function planIn(row: Row): Plan {
  return {
    ...PlanRest.parse(json(row, "plan")),
    context: Plan.shape.context.parse(json(row, "context")),
    steps: Plan.shape.steps.parse(json(row, "steps")),
  };
}
