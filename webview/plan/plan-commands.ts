import { batch } from "@preact/signals";
import type { Decision, DecisionChoice } from "../../schemas/decision.ts";
import type { StepModification } from "../../schemas/plan.ts";
import type { SpecReading } from "../../schemas/spec.ts";
import { t } from "../text.ts";
import { countChanges, fitDraft } from "./draft.ts";
import { failureIn, type PlanPage } from "./plan-page.ts";
import { leftOutNote } from "./left-out-note.ts";

/** What a person can ask for in the panel. None rejects: why something could not be done is shown in the page. */

/** Approves what is shown, word for word. Resolves with the id of the approved plan; null when it was refused. */
async function approvedPlan(page: PlanPage): Promise<string | null> {
  const plan = page.plan.value;
  if (plan === null) return null;
  const { plan: approved } = await page.host.client.call("plan.approve", {
    planId: plan.planId,
    planHash: plan.hash,
    modifications: [...page.draft.value],
    how: "editor",
    commandId: newCommandId(),
  });
  return approved.planId;
}

export async function approve(page: PlanPage): Promise<void> {
  await perform(page, "approve", async () => {
    const planId = await approvedPlan(page);
    if (planId !== null) showPlan(page, planId, page.shown.value?.executionId ?? null);
  });
}

/** Approves if need be, and starts an execution of the plan, or goes on with the one that the plan was made for. */
export async function approveAndExecute(page: PlanPage): Promise<void> {
  await perform(page, "execute", async () => {
    const answer = page.answer.value;
    if (answer === null) return;
    const needsApproval = !answer.approved || page.draft.value.length > 0;
    const planId = needsApproval ? await approvedPlan(page) : answer.plan.planId;
    if (planId === null) return;
    const { revises } = answer.plan;
    if (revises === null) {
      const { executionId } = await page.host.client.call("execution.start", {
        planId,
        scope: page.scope.value,
        attended: true,
        writeBack: page.writeBack,
        commandId: newCommandId(),
      });
      showPlan(page, planId, executionId);
    } else {
      await page.host.client.call("execution.revise", { executionId: revises, planId, commandId: newCommandId() });
      showPlan(page, planId, revises);
      page.followAgain();
    }
  });
}

/** An execution that is started from now on runs the whole plan. */
export function runEverything(page: PlanPage): void {
  const shown = page.shown.value;
  if (shown !== null && shown.scope !== null) page.show({ ...shown, scope: null });
}

/**
 * Makes a new plan from the spec as it is saved, with the changes that were made here. With an execution: one for it to go on with.
 * Changes of steps that the spec no longer has are left out and told. `optional`: whether optional tasks run from now on.
 */
export async function replan(page: PlanPage, against: string | null, optional?: boolean): Promise<void> {
  await perform(page, "replan", async () => {
    const plan = page.plan.value;
    if (plan === null) return;
    // A plan for an execution has the changes of the plan that it runs already.
    const changes = against === null ? [...plan.modifications, ...page.draft.value] : [...page.draft.value];
    // As which dialect it is read may have been decided anew; the rest is what the person wanted of this plan.
    const reading = { ...plan.reading, dialect: null, ...(optional === undefined ? {} : { optional }) };
    const request = { path: plan.specPath, reading, against };
    const { fitting, leftOut } = changes.length === 0 ? NOTHING : await fitted(page, request, changes);
    const { plan: made } = await page.host.client.call("plan.create", {
      ...request,
      keep: true,
      modifications: fitting,
      commandId: newCommandId(),
    });
    showPlan(page, made.planId, against);
    page.note.value = leftOut.length === 0 ? null : leftOutNote(leftOut);
  });
}

const NOTHING: ReturnType<typeof fitDraft> = { fitting: [], leftOut: [] };

/** What steps there will be is known once the spec was planned without keeping anything. */
async function fitted(
  page: PlanPage,
  request: { path: string; reading: SpecReading; against: string | null },
  changes: readonly StepModification[],
): Promise<ReturnType<typeof fitDraft>> {
  const { plan } = await page.host.client.call("plan.create", { ...request, keep: false, commandId: newCommandId() });
  return fitDraft(changes, plan.steps);
}

export async function pause(page: PlanPage, executionId: string): Promise<void> {
  await perform(page, "pause", async () => {
    await page.host.client.call("execution.pause", { executionId, commandId: newCommandId() });
  });
}

export async function resume(page: PlanPage, executionId: string): Promise<void> {
  await perform(page, "resume", async () => {
    await page.host.client.call("execution.resume", { executionId, commandId: newCommandId() });
    page.followAgain();
  });
}

/** Says at once that it is cancelling, before the worker has answered. With `force` nothing is waited for. */
export async function cancel(page: PlanPage, executionId: string, force: boolean): Promise<void> {
  page.cancelling.value = executionId;
  await perform(page, "cancel", async () => {
    await page.host.client.call("execution.cancel", { executionId, force, commandId: newCommandId() });
  });
  page.cancelling.value = null;
}

/** A step with what was left out because of it; null: everything that failed or was not run. */
export async function retry(page: PlanPage, executionId: string, stepId: string | null): Promise<void> {
  await perform(page, "retry", async () => {
    await page.host.client.call("execution.retry", { executionId, stepId, commandId: newCommandId() });
    page.followAgain();
  });
}

export async function rerun(page: PlanPage, executionId: string, stepId: string, only: boolean): Promise<void> {
  await perform(page, "rerun", async () => {
    await page.host.client.call("execution.rerun", { executionId, stepId, only, commandId: newCommandId() });
    page.followAgain();
  });
}

export async function kill(page: PlanPage, executionId: string, stepId: string): Promise<void> {
  await perform(page, "kill", async () => {
    await page.host.client.call("execution.kill", { executionId, stepId, commandId: newCommandId() });
  });
}

/** `amount` is what `allow` adds to the limit; null: what was asked for. A retry takes the changes of its step along. */
export async function answer(
  page: PlanPage,
  decision: Decision,
  choice: DecisionChoice,
  amount: number | null,
): Promise<void> {
  await perform(page, "answer", async () => {
    const changes = choice === "retry" ? page.draft.value.filter(({ stepId }) => stepId === decision.stepId) : [];
    await page.host.client.call("inbox.answer", {
      decisionId: decision.decisionId,
      choice,
      amount,
      modifications: changes,
      commandId: newCommandId(),
    });
    if (changes.length > 0) page.setDraft(page.draft.value.filter(({ stepId }) => stepId !== decision.stepId));
    page.followAgain();
  });
}

/** Why the plan cannot be approved now, in words; null when it can. */
export function whyNotApproved(page: PlanPage): string | null {
  const shown = page.answer.value;
  if (!page.connected.value) return t("There is no connection to the worker.");
  if (page.busy.value !== null) return t("Something else is under way.");
  if (shown === null) return t("The plan is being loaded.");
  if (page.previewFailure.value !== null) return page.previewFailure.value.message;
  if (page.draft.value.length > 0 && page.preview.value === null) return t("The changes are being worked out.");
  const { plan } = shown;
  if (plan.steps.length === 0) return t("There is nothing to run.");
  const [fileProblem] = page.fileProblems;
  if (fileProblem !== undefined) return fileProblem;
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
  const undecided = plan.steps.filter(({ decision }) => decision === "undecided");
  if (undecided.length > 0) {
    return undecided.length === 1
      ? t("“{0}” has no agent: choose one, simulate it or skip it.", undecided[0]?.title ?? "")
      : t("{0} steps have no agent: choose one, simulate or skip them.", undecided.length);
  }
  return errors[0]?.message ?? null;
}

/** Whether anything is changed here that the recorded plan does not have. */
export function hasChanges(page: PlanPage): boolean {
  return countChanges(page.draft.value) > 0;
}

function showPlan(page: PlanPage, planId: string, executionId: string | null): void {
  const shown = page.shown.value;
  if (shown === null) return;
  // What was to be run has been started once an execution is shown.
  const scope = executionId === null ? shown.scope : null;
  batch(() => {
    page.setDraft([]);
    page.show({ ...shown, planId, executionId, stepId: page.selected.value, scope });
  });
}

async function perform(page: PlanPage, name: string, act: () => Promise<void>): Promise<void> {
  if (page.busy.value !== null) return;
  batch(() => {
    page.busy.value = name;
    page.problem.value = null;
  });
  try {
    await act();
  } catch (error) {
    page.problem.value = failureIn(error);
  } finally {
    page.busy.value = null;
  }
}

function newCommandId(): string {
  return crypto.randomUUID();
}
