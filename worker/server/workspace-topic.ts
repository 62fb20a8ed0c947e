import type { ExecutionProgress, ExecutionSummary } from "../../schemas/execution.ts";
import { FailureError } from "../../schemas/failure.ts";
import type { WorkspaceView } from "../../schemas/operations/subscription.ts";
import { readBudget } from "./budget-file.ts";
import { budgetStandings } from "./budget-standings.ts";
import { readHooks } from "./hooks-file.ts";
import { listDecisions } from "../store/decisions.ts";
import { listCurrentExecutions } from "../store/executions.ts";
import { progressNow } from "./execution-topic.ts";
import { plansAwaitingApproval } from "./plan-summaries.ts";
import type { Found, WorkspaceSource } from "./subscriptions.ts";
import type { Workspace, WorkspaceRecord } from "./workspace.ts";

const ENDED_SHOWN = 50;
const INTERVAL_MS = 250;
/** What nobody tells of, such as an edited agents file or a program that was installed, is seen within this time. */
const LOOK_AGAIN_MS = 2_000;

/** The workspace as a whole, to follow. Looking at it creates nothing in the folder. */
export function workspaceSource(workspace: Workspace): WorkspaceSource {
  let seen = "";
  return {
    from: null,
    interval: INTERVAL_MS,
    isPaced: true,
    async read(): Promise<Found<null>> {
      const view = await workspaceView(workspace);
      const now = withoutClocks(view);
      const isNews = now !== seen;
      seen = now;
      return { batch: { kind: "workspace", workspace: view, end: false }, after: null, more: false, isNews };
    },
    onChange: (listener) => onWorkspaceChange(workspace, listener),
  };
}

function onWorkspaceChange(workspace: Workspace, listener: () => void): () => void {
  const { clock } = workspace.options;
  const stopListening = workspace.onChange(listener);
  const lookAgain = (): void => {
    timer = clock.after(LOOK_AGAIN_MS, lookAgain);
    listener();
  };
  let timer = clock.after(LOOK_AGAIN_MS, lookAgain);
  return () => {
    timer.cancel();
    stopListening();
  };
}

async function workspaceView(workspace: Workspace): Promise<WorkspaceView> {
  const { registry } = workspace.options;
  await registry.refresh();
  const record = await workspace.recordIfKept();
  const executions = record ? listCurrentExecutions(record.database, ENDED_SHOWN) : [];
  const { progress, problems } = record ? await progresses(workspace, record, executions) : NONE;
  const [budget, hooks] = await Promise.all([readBudget(workspace.folder), readHooks(workspace.folder)]);
  return {
    executions,
    progress,
    decisions: record ? listDecisions(record.database, false, 0) : [],
    plans: record ? await plansAwaitingApproval(workspace, record) : [],
    agents: registry.list(),
    limits: await budgetStandings(budget.set, record),
    notices: [...registry.problems(), ...workspace.notices, ...problems],
    budgetProblems: budget.problems.map(({ message }) => message),
    hookProblems: hooks.problems.map(({ message }) => message),
  };
}

interface Progresses {
  readonly progress: ExecutionProgress[];
  /** Executions whose record cannot be read. */
  readonly problems: string[];
}

const NONE: Progresses = { progress: [], problems: [] };

async function progresses(
  workspace: Workspace,
  record: WorkspaceRecord,
  executions: readonly ExecutionSummary[],
): Promise<Progresses> {
  const found: Progresses = { progress: [], problems: [] };
  for (const { executionId, completedAt } of executions) {
    if (completedAt !== null) continue;
    try {
      found.progress.push(await progressNow(workspace, record, executionId));
    } catch (error) {
      // One that cannot be read must not keep the others from being seen.
      if (!(error instanceof FailureError)) throw error;
      found.problems.push(error.message);
    }
  }
  return found;
}

/** Clients let clocks run by themselves: that time has passed is no news. */
function withoutClocks(view: WorkspaceView): string {
  const progress = view.progress.map((one) => ({
    ...one,
    elapsed: 0,
    remaining: null,
    running: one.running.map((step) => ({ ...step, elapsed: 0 })),
    waiting: one.waiting.map(({ stepId, blocker }) => [
      stepId,
      blocker.kind,
      blocker.kind === "backoff" ? "" : blocker,
    ]),
  }));
  return JSON.stringify({ ...view, progress });
}
