import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { failure, FailureError, throwFailure, type Failure } from "../../../schemas/failure.ts";
import type { ExecutionStatus, ExecutionSummary, ExecutionView, StepDetail } from "../../../schemas/execution.ts";
import type { Plan } from "../../../schemas/plan.ts";
import { NOTHING_AROUND, type ExecutionState, type Surroundings } from "../../engine/state.ts";
import { decisionsOf, stepView, viewOf } from "../../engine/view.ts";
import { reportMarkdown } from "../../insight/report-markdown.ts";
import { eventsOfStep } from "../../store/events.ts";
import { findExecution, findPurged, listExecutions } from "../../store/executions.ts";
import { listNotices } from "../../store/notices.ts";
import { findPlan } from "../../store/plans.ts";
import { isApproved } from "../is-approved.ts";
import { readBudget, refuseBudget } from "../budget-file.ts";
import { readHooks, refuseHooks } from "../hooks-file.ts";
import { refuseRoles } from "../role-files.ts";
import type { Handlers } from "../handlers.ts";
import { reportOf, reportPaths, writeReport } from "../report-files.ts";
import { cancelUnattended } from "../recovery.ts";
import { attemptsOf } from "../attempt-views.ts";
import { agentLimits, type Workspace, type WorkspaceRecord } from "../workspace.ts";
import { keptPlan } from "./plan.ts";

type Names =
  "execution.start" | "execution.get" | "execution.step" | "execution.list" | "execution.cancel" | "execution.report";

export function executionHandlers(workspace: Workspace): Pick<Handlers, Names> {
  return {
    "execution.start": async ({ planId, writeBack, attended, scope }) => {
      const plan = await keptPlan(workspace, planId);
      await requireApproval(workspace, plan);
      refuseBudget(plan, await readBudget(workspace.folder));
      refuseHooks(plan, await readHooks(workspace.folder));
      refuseRoles(plan, await workspace.roles.read());
      const { executions } = await workspace.record();
      const onFailure = attended ? "pause" : "continue";
      const start = { writeBack, onFailure, scope, agentLimits: agentLimits(workspace, plan) } as const;
      return { executionId: await executions.start(plan, start) };
    },
    "execution.get": async ({ executionId }) => (await viewedExecution(workspace, executionId)).view,
    "execution.step": ({ executionId, stepId }) => stepDetail(workspace, executionId, stepId),
    "execution.list": async ({ limit }) => {
      const record = await workspace.recordIfKept();
      const executions = record ? listExecutions(record.database, limit) : [];
      return { executions, notices: [...workspace.notices] };
    },
    "execution.cancel": async ({ executionId, force }) => ({ status: await cancel(workspace, executionId, force) }),
    "execution.report": async ({ executionId }) => {
      const { record, view, plan } = await executionOf(workspace, executionId);
      const paths = reportPaths(workspace.home, executionId);
      const report = reportOf(record.database, plan, view);
      // A report that could not be written at the end, because the disk was full, is written when it is asked for.
      if (view.completedAt !== null && !existsSync(paths.json))
        await writeReport(workspace.home, report).catch(() => undefined);
      const files = [paths.json, paths.markdown].filter((path) => existsSync(path));
      return { report, markdown: reportMarkdown(report), files };
    },
  };
}

/** Cancels an execution, live or in the record alone, and says where it stands then. Throws `not_found`. */
async function cancel(workspace: Workspace, executionId: string, force: boolean): Promise<ExecutionStatus> {
  const { record, summary } = await summaryOf(workspace, executionId);
  const { database, journal, executions } = record;
  const by = userInfo().username;
  for (;;) {
    const live = executions.live(executionId);
    if (live) {
      const obeyed = live.command({ kind: "cancel", force }, by);
      if (!obeyed.ok) throw new FailureError(obeyed.failure);
      return (await live.durableProgress().catch(() => null))?.status ?? summary.status;
    }
    if (summary.completedAt !== null) return summary.status;
    const inRecord = (): Promise<void> =>
      cancelUnattended({ database, journal, clock: workspace.options.clock }, executionId, by);
    // Somebody else may have taken it up meanwhile: then it runs here.
    if (await executions.whileUnattended(executionId, inRecord)) break;
  }
  workspace.forgetState(executionId);
  const { plan, view } = await executionOf(workspace, executionId);
  await writeReport(workspace.home, reportOf(database, plan, view)).catch(() => undefined);
  return view.status;
}

/** An execution in one line, from the record. Throws `not_found`. */
export async function summaryOf(
  workspace: Workspace,
  executionId: string,
): Promise<{ record: WorkspaceRecord; summary: ExecutionSummary }> {
  const record = await workspace.recordIfKept();
  const summary = record && findExecution(record.database, executionId);
  if (!record || !summary) {
    const purged = record && findPurged(record.database, executionId);
    if (purged) throw new FailureError(purgedFailure(workspace, purged));
    throwFailure(
      "not_found",
      `there is no execution "${executionId}" in ${workspace.folder}: planwright status lists them`,
    );
  }
  return { record, summary };
}

/** What is told of an execution whose details are no longer kept. */
function purgedFailure(
  { home, settings }: Workspace,
  { executionId, title, status, completedAt, purgedAt }: NonNullable<ReturnType<typeof findPurged>>,
): Failure {
  const report = reportPaths(home, executionId).markdown;
  const kept = existsSync(report) ? `; its report is still in ${report}` : "";
  const ended = completedAt === null ? "" : ` on ${completedAt.slice(0, 10)}`;
  const { executions } = settings.last.settings.retention;
  return failure(
    "not_found",
    `execution ${executionId} of "${title}" (${status}${ended}) was purged on ${purgedAt.slice(0, 10)}, because executions are kept for ${executions}${kept}`,
    { details: { purgedAt } },
  );
}

/** An execution with all its steps and its plan, live or from the record. Throws `not_found`. */
export async function executionOf(
  workspace: Workspace,
  executionId: string,
): Promise<{ record: WorkspaceRecord; view: ExecutionView; plan: Plan }> {
  const { record, view } = await viewedExecution(workspace, executionId);
  const plan = findPlan(record.database, view.planId);
  if (!plan) throw new Error(`execution ${executionId} has no plan`);
  return { record, view, plan };
}

/** The same without its plan, which is large. */
export async function viewedExecution(
  workspace: Workspace,
  executionId: string,
): Promise<{ record: WorkspaceRecord; view: ExecutionView }> {
  const { record, summary } = await summaryOf(workspace, executionId);
  const live = await record.executions
    .live(executionId)
    ?.durableView()
    // While the record cannot be written, what is in it is true.
    .catch(() => null);
  const notices = listNotices(record.database, executionId);
  if (live) return { record, view: { ...live, notices } };
  const state = workspace.recorded.state(record.database, executionId);
  return { record, view: { ...viewOf(state, state.t, summary.specPath), notices } };
}

/** One step of an execution, live or from the record. Throws `not_found`. */
async function stepDetail(workspace: Workspace, executionId: string, stepId: string): Promise<StepDetail> {
  const { record } = await summaryOf(workspace, executionId);
  const look = (state: ExecutionState, t: number, around?: Surroundings): Omit<StepDetail, "attempts"> | null => {
    const step = state.steps[state.indexOf.get(stepId) ?? -1];
    if (!step) return null;
    const decisions = decisionsOf(state).filter((decision) => decision.stepId === stepId);
    return { step: stepView(state, step, t, around ?? NOTHING_AROUND), decisions };
  };
  const live = record.executions.live(executionId);
  // While the record cannot be written, what is in it is true.
  const seen = live ? await live.durably((...now) => ({ found: look(...now) })).catch(() => null) : null;
  const state = seen ? null : workspace.recorded.state(record.database, executionId);
  const found = seen ? seen.found : state && look(state, state.t);
  if (!found) throwFailure("not_found", `execution ${executionId} has no step "${stepId}"`);
  return { ...found, attempts: attemptsOf(eventsOfStep(record.database, executionId, stepId)) };
}

/** What runs is what was approved. The agents' definitions, read anew here, are compared when the execution is equipped. */
export async function requireApproval(workspace: Workspace, plan: Plan): Promise<void> {
  if (!(await isApproved(workspace.approvals, plan))) {
    throwFailure(
      "not_approved",
      `plan ${plan.planId} is not approved on this machine: read it, then run "planwright approve ${plan.planId}"`,
    );
  }
  await workspace.options.registry.refresh();
}
