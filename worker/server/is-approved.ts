import type { Plan } from "../../schemas/plan.ts";
import { covers } from "../plan/approval-hash.ts";
import { sha256 } from "../plan/hash.ts";
import type { Approvals } from "../run/approvals.ts";

/** Whether a person has approved what a plan would run: exactly it, or a plan of which some tasks are done by now. */
export async function isApproved(approvals: Approvals, plan: Plan): Promise<boolean> {
  if ((await approvals.find(plan.hash)) !== null) return true;
  if (!plan.settled.some(({ state }) => state === "done")) return false;
  return (await approvals.list()).some(({ content }) => covers(content, plan, sha256));
}
