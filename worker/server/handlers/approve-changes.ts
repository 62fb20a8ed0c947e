import { userInfo } from "node:os";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { approvedContent } from "../../plan/approval-hash.ts";
import { mergeModifications } from "../../plan/modifications.ts";
import { sha256 } from "../../plan/hash.ts";
import { insertApproval } from "../../store/approvals.ts";
import { savePlan } from "../../store/plans.ts";
import { newId } from "../ids.ts";
import type { Workspace } from "../workspace.ts";
import { keptSpecification, planOf, refuseErrors } from "./plan.ts";

/**
 * The plan with changes that a person gave together with an answer. Giving them approves them, so the new plan is kept with an
 * approval. Throws FailureError when the changes cannot be made or the plan has errors.
 */
export async function approveChanges(
  workspace: Workspace,
  before: Plan,
  changes: readonly StepModification[],
): Promise<Plan> {
  const { kept, text } = await keptSpecification(workspace, before.planId);
  const modifications = mergeModifications(kept.modifications, changes);
  const plan = await planOf(workspace, { planId: newId("plan"), specPath: kept.specPath, text, modifications });
  refuseErrors(plan);
  const at = workspace.options.clock.wall().toISOString();
  const approval = { planId: plan.planId, planHash: plan.hash, at, by: userInfo().username, how: "command" } as const;
  const { database } = await workspace.record();
  database.transaction(() => {
    savePlan(database, plan, text);
    insertApproval(database, approval);
  });
  await database.durable();
  await workspace.approvals.keep({ ...approval, content: approvedContent(plan, sha256) });
  return plan;
}
