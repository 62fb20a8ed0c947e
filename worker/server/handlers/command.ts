import { userInfo } from "node:os";
import type { ExecutionStatus } from "../../../schemas/execution.ts";
import { FailureError, throwFailure } from "../../../schemas/failure.ts";
import { toMicros } from "../../../schemas/money.ts";
import type { Plan } from "../../../schemas/plan.ts";
import type { Revision } from "../../../schemas/revision.ts";
import { accept, type Command } from "../../engine/command.ts";
import type { Revision as EngineRevision } from "../../engine/revision.ts";
import type { ExecutionState } from "../../engine/state.ts";
import { enginePlanOf, isEnginePlanOf } from "../../run/engine-plan.ts";
import { findDecision, listDecisions } from "../../store/decisions.ts";
import type { Handlers } from "../handlers.ts";
import { recordedState } from "../recovery.ts";
import { revisionOf, standingOf } from "../revisions.ts";
import { agentLimits, type Workspace } from "../workspace.ts";
import { approveChanges } from "./approve-changes.ts";
import { readBudget, refuseBudget } from "../budget-file.ts";
import { readHooks, refuseHooks } from "../hooks-file.ts";
import { refuseRoles } from "../role-files.ts";
import { executionOf, requireApproval, summaryOf } from "./execution.ts";
import { keptPlan } from "./plan.ts";

type Names =
  | "execution.pause"
  | "execution.resume"
  | "execution.retry"
  | "execution.rerun"
  | "execution.kill"
  | "execution.revise"
  | "inbox.list"
  | "inbox.answer";

/** What people ask of executions while they run or wait, and of those that have ended. */
export function commandHandlers(workspace: Workspace): Pick<Handlers, Names> {
  const standing = async (
    executionId: string,
    command: Command,
  ): Promise<{ executionId: string; status: ExecutionStatus }> => ({
    executionId,
    status: await ask(workspace, executionId, command),
  });
  return {
    "execution.pause": ({ executionId }) => standing(executionId, { kind: "pause" }),
    "execution.resume": async ({ executionId, keepPause }) => ({
      executionId,
      status: await ask(workspace, executionId, { kind: "resume" }, keepPause),
    }),
    "execution.retry": async ({ executionId, stepId }) => {
      if (stepId !== null) await requirePlanned(workspace, executionId, stepId);
      return standing(executionId, { kind: "retry", stepId });
    },
    "execution.rerun": async ({ executionId, stepId, only }) => {
      await requirePlanned(workspace, executionId, stepId);
      return standing(executionId, { kind: "rerun", stepId, only });
    },
    "execution.kill": ({ executionId, stepId }) => standing(executionId, { kind: "kill", stepId }),
    "execution.revise": async ({ executionId, planId }) => {
      const after = await keptPlan(workspace, planId);
      await requireApproval(workspace, after);
      refuseBudget(after, await readBudget(workspace.folder));
      refuseHooks(after, await readHooks(workspace.folder));
      refuseRoles(after, await workspace.roles.read());
      const { engine, revision } = await revisionBy(workspace, executionId, after);
      return { ...(await standing(executionId, { kind: "revise", revision: engine })), revision };
    },
    "inbox.list": async ({ settled, limit }) => {
      const record = await workspace.recordIfKept();
      return { decisions: record ? listDecisions(record.database, settled, limit) : [] };
    },
    "inbox.answer": async ({ decisionId, choice, amount, modifications }) => {
      const record = await workspace.recordIfKept();
      const decision = record && findDecision(record.database, decisionId);
      if (!decision) {
        const advice = "planwright inbox lists what waits for a person";
        throwFailure("not_found", `there is no decision "${decisionId}" in ${workspace.folder}: ${advice}`);
      }
      const { executionId } = decision;
      let revision: EngineRevision | null = null;
      if (modifications.length > 0) {
        if (choice !== "retry") throwFailure("bad_request", `changes go with retry, not with ${choice}`);
        // An answer that comes too late must not leave an approval of its changes behind.
        const bare = { kind: "answer", decisionId, choice, amount: null, revision: null } as const;
        const heard = accept(recordedState(record.database, executionId), bare, "");
        if (!heard.ok) throw new FailureError(heard.failure);
        const { plan } = await executionOf(workspace, executionId);
        const changed = await approveChanges(workspace, plan, executionId, modifications);
        ({ engine: revision } = await revisionBy(workspace, executionId, changed));
      }
      const command = {
        kind: "answer",
        decisionId,
        choice,
        amount: amount === null ? null : toMicros(amount),
        revision,
      } as const;
      return { decisionId, executionId, status: await ask(workspace, executionId, command) };
    },
  };
}

/**
 * Has a command done, and says where the execution stands then. With `keepPause` nothing is done to what runs here, and what a person
 * has paused is refused.
 */
async function ask(
  workspace: Workspace,
  executionId: string,
  command: Command,
  keepPause = false,
): Promise<ExecutionStatus> {
  const { record, summary } = await summaryOf(workspace, executionId);
  if (keepPause && summary.status !== "interrupted") return summary.status;
  // Nothing of it runs here, so nothing has to be started to hold it back.
  if (command.kind === "pause" && summary.status === "interrupted") return summary.status;
  await record.executions.command(executionId, command, userInfo().username, async () => {
    const state = workspace.takeState(record.database, executionId);
    if (keepPause && state.paused)
      throwFailure(
        "conflict",
        `execution ${executionId} was paused by ${state.paused.by} and stays so until it is resumed`,
      );
    const revision = "revision" in command ? command.revision : null;
    // Under which it goes on: what was approved before may not be usable any more, which is why it is revised.
    const plan = await keptPlan(workspace, revision?.planId ?? state.planId);
    await requireApproval(workspace, plan);
    if (revision === null) requireAsPlanned(state, plan);
    return { plan, state };
  });
  const progress = await record.executions.live(executionId)?.durableProgress();
  return progress?.status ?? (await summaryOf(workspace, executionId)).summary.status;
}

/** Steps of earlier plans stand in an execution, but are no longer to be run. Throws `conflict` for these. */
async function requirePlanned(workspace: Workspace, executionId: string, stepId: string): Promise<void> {
  const { record, summary } = await summaryOf(workspace, executionId);
  const plan = await keptPlan(workspace, summary.planId);
  if (plan.steps.some(({ id }) => id === stepId)) return;
  if (!recordedState(record.database, executionId).indexOf.has(stepId)) return;
  const advice = `write it into ${plan.specPath} again, then planwright plan --against ${executionId}`;
  throwFailure("conflict", `the plan of ${executionId} no longer has step "${stepId}": ${advice}`, { stepId });
}

/** The journal tells what to run, too, and other programs can write it: it must tell what was approved. */
function requireAsPlanned(state: ExecutionState, plan: Plan): void {
  const { executionId, planHash } = state;
  if (planHash === plan.hash && isEnginePlanOf(plan, state.plan)) return;
  throwFailure(
    "not_approved",
    planHash === plan.hash
      ? `the record of ${executionId} was changed by something else than Planwright and no longer says what plan ${plan.planId} says: run ${plan.specPath} anew`
      : `plan ${plan.planId} is not what it was when ${executionId} began with it: go on under a new one, from planwright plan --against ${executionId}`,
  );
}

/** What it means for an execution to go on under another plan. */
async function revisionBy(
  workspace: Workspace,
  executionId: string,
  after: Plan,
): Promise<{ engine: EngineRevision; revision: Revision }> {
  const standing = await standingOf(workspace, executionId);
  const { before, leftOut, onFailure } = standing;
  if (after.specPath !== before.specPath) {
    const message = `plan ${after.planId} is made from ${after.specPath}, and ${executionId} runs ${before.specPath}`;
    throwFailure("bad_request", `${message}: plan that file with --against ${executionId}`);
  }
  const revision = revisionOf(standing, after);
  const plan = enginePlanOf(after, { agentLimits: agentLimits(workspace, after), onFailure, scope: null });
  const engine = {
    over: before.hash,
    planId: after.planId,
    planHash: after.hash,
    title: after.title,
    plan: { ...plan, steps: plan.steps.map((step) => (leftOut.has(step.id) ? { ...step, skip: true } : step)) },
    stale: revision.steps.flatMap(({ stepId, status }) => (status === "stale" ? [stepId] : [])),
  };
  return { engine, revision };
}
