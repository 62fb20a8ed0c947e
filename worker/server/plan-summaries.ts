import { existsSync } from "node:fs";
import { join } from "node:path";
import type { PlanSummary } from "../../schemas/plan.ts";
import { findPlan, listPlans, newestUnusedPlans, type ListedPlan } from "../store/plans.ts";
import { isApproved } from "./is-approved.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

const AWAITING_SHOWN = 100;

/** Plans in a line each, newest first; with `specPath` only those of one spec. */
export async function summariesOf(
  workspace: Workspace,
  record: WorkspaceRecord,
  specPath: string | null,
  limit: number,
): Promise<PlanSummary[]> {
  return Promise.all(
    listPlans(record.database, specPath, limit).map(async (plan) =>
      summary(plan, await isListedApproved(workspace, record, plan)),
    ),
  );
}

/** The newest plan of each spec that is still there, where it has steps, nobody has approved it and nothing has run it. */
export async function plansAwaitingApproval(workspace: Workspace, record: WorkspaceRecord): Promise<PlanSummary[]> {
  const found: PlanSummary[] = [];
  for (const plan of newestUnusedPlans(record.database, AWAITING_SHOWN)) {
    if (!existsSync(join(workspace.folder, plan.specPath))) continue;
    if (!(await isListedApproved(workspace, record, plan))) found.push(summary(plan, false));
  }
  return found;
}

async function isListedApproved(
  { approvals, covered }: Workspace,
  { database }: WorkspaceRecord,
  { planId, hash, hasDone }: ListedPlan,
): Promise<boolean> {
  if ((await approvals.find(hash)) !== null) return true;
  // Only what is left of an approved plan may be covered by its approval.
  if (!hasDone) return false;
  return covered.of(`${planId} ${hash}`, async () => {
    const plan = findPlan(database, planId);
    return plan !== null && isApproved(approvals, plan);
  });
}

function summary({ hash: _hash, hasDone: _hasDone, ...plan }: ListedPlan, approved: boolean): PlanSummary {
  return { ...plan, approved };
}
