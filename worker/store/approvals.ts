import { Approval } from "../../schemas/operations/plan.ts";
import { text } from "./columns.ts";
import type { Database } from "./database.ts";

/** Records an approval. It is a record only: what may run is decided by the person's state folder (semantics, Approval). */
export function insertApproval(database: Database, approval: Approval): void {
  database.run("INSERT INTO approvals (plan_id, plan_hash, by, how, at) VALUES (?, ?, ?, ?, ?)", [
    approval.planId,
    approval.planHash,
    approval.by,
    approval.how,
    approval.at,
  ]);
}

/** Approvals of a plan, the oldest first. */
export function listApprovals(database: Database, planId: string): Approval[] {
  return database.all(
    "SELECT plan_id, plan_hash, by, how, at FROM approvals WHERE plan_id = ? ORDER BY id",
    [planId],
    (row) =>
      Approval.parse({
        planId: text(row, "plan_id"),
        planHash: text(row, "plan_hash"),
        by: text(row, "by"),
        how: text(row, "how"),
        at: text(row, "at"),
      }),
  );
}
