import type { ExecutionSummary } from "../schemas/execution.ts";
import type { Decision } from "../schemas/decision.ts";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import type { NotificationKind } from "./settings.ts";

/** Something that a person who looks elsewhere wants to know. */
export interface News {
  readonly kind: Exclude<NotificationKind, "budget">;
  readonly execution: ExecutionSummary;
  /** Of `waiting`: what is asked that was not asked before. */
  readonly decisions: readonly Decision[];
}

/**
 * What came about between two views. At most one of each execution: that it waits for a person counts more than anything else. What
 * a person did themselves, such as to cancel, is no news.
 */
export function newsBetween(before: WorkspaceView, after: WorkspaceView): News[] {
  const asked = new Set(before.decisions.map(({ decisionId }) => decisionId));
  const statuses = new Map(before.executions.map(({ executionId, status }) => [executionId, status]));
  return after.executions.flatMap((execution): News[] => {
    const { executionId, status } = execution;
    const decisions = after.decisions.filter((one) => one.executionId === executionId && !asked.has(one.decisionId));
    if (decisions.length > 0) return [{ kind: "waiting", execution, decisions }];
    if (statuses.get(executionId) === status) return [];
    if (status === "completed") return [{ kind: "finished", execution, decisions }];
    return status === "failed" ? [{ kind: "failed", execution, decisions }] : [];
  });
}
