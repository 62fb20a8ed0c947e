import { userInfo } from "node:os";
import type { Approval } from "../../schemas/operations/plan.ts";
import type { Plan } from "../../schemas/plan.ts";
import { approvedContent } from "../plan/approval-hash.ts";
import { sha256 } from "../plan/hash.ts";
import { insertApproval } from "../store/approvals.ts";
import { savePlan } from "../store/plans.ts";
import type { Workspace } from "./workspace.ts";

/**
 * Approves a plan for the person at this machine: on the record first, then in their state folder, which is what counts. `text` is
 * the spec of a plan that is not on the record yet; null: it is.
 */
export async function approve(
  workspace: Workspace,
  plan: Plan,
  text: string | null,
  how: Approval["how"],
): Promise<Approval> {
  const { planId, hash: planHash } = plan;
  const at = workspace.options.clock.wall().toISOString();
  const approval: Approval = { planId, planHash, at, by: userInfo().username, how };
  const { database } = await workspace.record();
  database.transaction(() => {
    if (text !== null) savePlan(database, plan, text);
    insertApproval(database, approval);
  });
  await database.durable();
  await workspace.approvals.keep({ ...approval, content: approvedContent(plan, sha256) });
  workspace.covered.forget();
  workspace.changed();
  return approval;
}
