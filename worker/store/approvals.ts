import type { Approval } from "../../schemas/operations/plan.ts";
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
