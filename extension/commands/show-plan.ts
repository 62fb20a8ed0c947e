import type { Parts } from "../parts.ts";
import { showPlanPanel } from "../panels/plan-panel.ts";
import type { FolderSession } from "../session.ts";

/** Shows a plan, with an execution of it where one is meant. */
export function showPlan(
  parts: Parts,
  { folder }: FolderSession,
  { planId, executionId, stepId }: { planId: string; executionId?: string | undefined; stepId?: string | undefined },
): void {
  showPlanPanel(parts, {
    folder: folder.uri.toString(),
    planId,
    executionId: executionId ?? null,
    stepId: stepId ?? null,
  });
}
