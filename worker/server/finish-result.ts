import type { ExecutionView } from "../../schemas/execution.ts";
import { FailureError } from "../../schemas/failure.ts";
import type { Plan } from "../../schemas/plan.ts";
import { GitError } from "../git/git.ts";
import type { Database } from "../store/database.ts";
import type { BoxTicker } from "./box-ticker.ts";
import { acceptResult, settleEmpty, type ResultPlace } from "./results.ts";
import type { OpenWorkplace } from "./workplaces.ts";
import type { Workspace } from "./workspace.ts";

export interface Finishing {
  readonly workspace: Workspace;
  readonly database: Database;
  readonly plan: Plan;
  readonly view: ExecutionView;
  readonly workplace: OpenWorkplace;
}

/**
 * The end of an execution whose steps were kept apart: the boxes are ticked in its branch, and its result is applied when the spec says so
 * and nothing stands in the way. Returns what a person should know. Does not reject.
 */
export async function finishResult(finishing: Finishing, ticker: BoxTicker | null): Promise<string[]> {
  const { workspace, database, plan, view, workplace } = finishing;
  const { executionId } = view;
  const place: ResultPlace = {
    workplaces: workspace.workplaces,
    database,
    now: () => workspace.options.clock.wall().toISOString(),
  };
  const notices: string[] = [];
  try {
    if (ticker) {
      await workplace.tree.change(`Tick the boxes of ${plan.specPath}`, async () => {
        notices.push(...(await ticker.flush()));
      });
    }
    await workplace.workplace.close();
    if (await settleEmpty(place, executionId)) return notices;
    if (plan.isolation?.merge !== "auto" || view.status !== "completed") return notices;
    const { message } = await acceptResult(place, { executionId, plan, how: "apply", branch: null });
    return [...notices, `the result was applied: ${message}`];
  } catch (error) {
    if (error instanceof FailureError || error instanceof GitError) return [...notices, error.message];
    return [...notices, `the result could not be brought to its end: ${String(error)}`];
  }
}
