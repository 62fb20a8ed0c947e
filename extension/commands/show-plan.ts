import type { ExecutionScope } from "../../schemas/operations/execution.ts";
import type { Parts } from "../parts.ts";
import { showPlanPanel } from "../panels/plan-panel.ts";
import type { FolderSession } from "../session.ts";

interface Shown {
  readonly planId: string;
  readonly executionId?: string | undefined;
  readonly stepId?: string | undefined;
  /** Of the plan, where it may take the place of another one. */
  readonly specPath?: string;
  /** What its execution is to run; everything when left out. */
  readonly scope?: ExecutionScope | null;
}

/** Shows a plan, with an execution of it where one is meant. */
export function showPlan(
  parts: Parts,
  { folder }: FolderSession,
  { planId, executionId, stepId, scope, specPath }: Shown,
): void {
  const state = {
    folder: folder.uri.toString(),
    planId,
    executionId: executionId ?? null,
    stepId: stepId ?? null,
    scope: scope ?? null,
  };
  showPlanPanel(parts, state, specPath ?? null);
}
