import { throwFailure } from "../../../schemas/failure.ts";
import type { Handlers } from "../handlers.ts";
import { acceptResult, resultFile, resultOf, type ResultPlace } from "../results.ts";
import type { Workspace, WorkspaceRecord } from "../workspace.ts";
import { summaryOf } from "./execution.ts";
import { keptPlan } from "./plan.ts";

type Names = "execution.result" | "execution.resultFile" | "execution.accept";

/** What becomes of what the steps of an execution have made in worktrees (catalogue N1). */
export function resultHandlers(workspace: Workspace): Pick<Handlers, Names> {
  /** Two people may accept at the same moment. */
  let turn: Promise<unknown> = Promise.resolve();
  const place = ({ database }: WorkspaceRecord): ResultPlace => ({
    workplaces: workspace.workplaces,
    database,
    now: () => workspace.options.clock.wall().toISOString(),
  });
  return {
    "execution.result": async ({ executionId }) => {
      const { record, summary } = await summaryOf(workspace, executionId);
      const hasEnded = summary.completedAt !== null && record.executions.live(executionId) === null;
      return { result: await resultOf(place(record), executionId, hasEnded) };
    },
    "execution.resultFile": async ({ executionId, path, side }) => {
      const { record } = await summaryOf(workspace, executionId);
      return resultFile(place(record), executionId, path, side);
    },
    "execution.accept": async ({ executionId, how, branch }) => {
      const { record, summary } = await summaryOf(workspace, executionId);
      if (summary.completedAt === null) stillRuns(executionId);
      const plan = await keptPlan(workspace, summary.planId);
      const accepting = turn.then(async () => {
        const answers: Awaited<ReturnType<typeof acceptResult>>[] = [];
        const isIdle = await record.executions.whileUnattended(executionId, async () => {
          answers.push(await acceptResult(place(record), { executionId, plan, how, branch }));
        });
        const [answer] = answers;
        return isIdle && answer ? answer : stillRuns(executionId);
      });
      turn = accepting.catch(() => undefined);
      const answer = await accepting;
      workspace.changed();
      return answer;
    },
  };
}

function stillRuns(executionId: string): never {
  throwFailure(
    "conflict",
    `${executionId} has not ended, so its result is not complete: wait for its end, or cancel it (planwright cancel ${executionId})`,
  );
}
