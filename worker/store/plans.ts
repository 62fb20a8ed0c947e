import { fromMicros, toMicros } from "../../schemas/money.ts";
import { Plan, PlanStep, type PlanSummary } from "../../schemas/plan.ts";
import { sharingParts } from "../../schemas/same-parts.ts";
import { integer, json, optionalInteger, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { jsonElements } from "./json-elements.ts";
import type { Row } from "./statements.ts";

/** Records a plan with the text of its spec. A plan that is there already is replaced, as a modified plan replaces the first draft. */
export function savePlan(database: Database, plan: Plan, specification: string): void {
  const { context, steps, ...rest } = plan;
  database.run(
    `INSERT INTO plans (id, specification, title, spec_path, dialect, hash, estimated_cost_micros, currency,
       estimated_duration, created_at, context, steps, plan, step_count, done_count)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET specification = excluded.specification, title = excluded.title,
       spec_path = excluded.spec_path, dialect = excluded.dialect, hash = excluded.hash,
       estimated_cost_micros = excluded.estimated_cost_micros, currency = excluded.currency,
       estimated_duration = excluded.estimated_duration, created_at = excluded.created_at,
       context = excluded.context, steps = excluded.steps, plan = excluded.plan,
       step_count = excluded.step_count, done_count = excluded.done_count`,
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
      steps.length,
      plan.settled.filter(({ state }) => state === "done").length,
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
    steps: stepsIn(text(row, "steps")),
  };
}

function stepsIn(list: string): PlanStep[] {
  const steps: PlanStep[] = [];
  for (const element of jsonElements(list)) steps.push(sharingParts(PlanStep.parse(element), steps.at(-1)));
  return steps;
}

/** A line of a list of plans, and what is needed to find out whether somebody has approved it. */
export interface ListedPlan extends Omit<PlanSummary, "approved"> {
  readonly hash: string;
  /** Whether some of its tasks were done when it was made, so that an approval of an earlier plan may cover it. */
  readonly hasDone: boolean;
}

/** The newest plans first; with `specPath` only those of one spec. */
export function listPlans(database: Database, specPath: string | null, limit: number): ListedPlan[] {
  return specPath === null
    ? database.all(`${LISTED} ORDER BY created_at DESC, rowid DESC LIMIT ?`, [limit], listed)
    : database.all(
        `${LISTED} WHERE spec_path = ? ORDER BY created_at DESC, rowid DESC LIMIT ?`,
        [specPath, limit],
        listed,
      );
}

/** The newest plan of each spec, newest first, where it has steps and no execution runs or ran it. */
export function newestUnusedPlans(database: Database, limit: number): ListedPlan[] {
  return database.all(
    `${LISTED} WHERE NOT EXISTS (
       SELECT 1 FROM plans later WHERE later.spec_path = plans.spec_path
         AND (later.created_at, later.rowid) > (plans.created_at, plans.rowid))
       AND NOT EXISTS (SELECT 1 FROM executions WHERE executions.plan_id = plans.id)
       AND step_count > 0
     ORDER BY created_at DESC, rowid DESC LIMIT ?`,
    [limit],
    listed,
  );
}

const LISTED = `SELECT id, title, spec_path, hash, created_at, step_count, done_count, estimated_cost_micros, currency,
  estimated_duration FROM plans`;

function listed(row: Row): ListedPlan {
  const cost = optionalInteger(row, "estimated_cost_micros");
  return {
    planId: text(row, "id"),
    title: text(row, "title"),
    specPath: text(row, "spec_path"),
    createdAt: text(row, "created_at"),
    steps: integer(row, "step_count"),
    estimatedCost: cost === null ? null : fromMicros(cost),
    currency: text(row, "currency"),
    estimatedDuration: optionalInteger(row, "estimated_duration"),
    hash: text(row, "hash"),
    hasDone: integer(row, "done_count") > 0,
  };
}
