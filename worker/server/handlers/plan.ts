import { join } from "node:path";
import type { AgentView } from "../../../schemas/agent.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import type { ResultOf } from "../../../schemas/operations/table.ts";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import type { SpecDocument, SpecReading } from "../../../schemas/spec.ts";
import { selectAgent, type Selection, type SelectionRequest } from "../../agents/selection.ts";
import { recordedHistory } from "../../insight/calibration.ts";
import { approvalHash } from "../../plan/approval-hash.ts";
import { buildPlan } from "../../plan/build.ts";
import { planDifference } from "../../plan/difference.ts";
import { hasCodingSteps, isolate } from "../../plan/isolation.ts";
import { mergeModifications } from "../../plan/modifications.ts";
import { sha256 } from "../../plan/hash.ts";
import { sameButForTicks } from "../../spec/box-marks.ts";
import { parseSpec } from "../../spec/parse.ts";
import { isExecuted } from "../../store/executions.ts";
import { findPlan, findSpecification, lastApprovedPlan, savePlan } from "../../store/plans.ts";
import { approve } from "../approved.ts";
import { readBudget, refuseBudget } from "../budget-file.ts";
import type { Handlers } from "../handlers.ts";
import { readHooks, refuseHooks } from "../hooks-file.ts";
import { refuseRoles } from "../role-files.ts";
import { isApproved } from "../is-approved.ts";
import { companionOf, refuseRequirements, tasksBeside } from "../companion-file.ts";
import { newId } from "../ids.ts";
import { planWithModel } from "../model-planner.ts";
import { draftOf, revisionOf, standingOf, type Standing } from "../revisions.ts";
import { summariesOf } from "../plan-summaries.ts";
import { readSpecFile, type SpecFile } from "../spec-file.ts";
import { readingOf } from "../specs-file.ts";
import { EITHER, keepText, pathOfText, refuseNoText } from "../text-spec.ts";
import type { Workspace } from "../workspace.ts";

type Names = "plan.create" | "plan.get" | "plan.approve" | "plan.list" | "plan.layout";

export function planHandlers(workspace: Workspace): Pick<Handlers, Names> {
  return {
    "plan.create": async ({ path, text: words, reading: asked, keep, modifications, against, planner }, caller) => {
      const subject = await subjectOf(workspace, path, words, against);
      const draft = subject.standing && draftOf(subject.standing, subject.file);
      const { workspacePath, text } = subject.file;
      const { reading, notices } = await readingOf(workspace.folder, workspacePath, goneOn(asked, subject.standing));
      const request = {
        planId: newId("plan"),
        specPath: workspacePath,
        text: draft?.text ?? text,
        reading,
        modifications: mergeModifications(draft?.modifications ?? [], modifications),
        revises: against,
      };
      const plan =
        planner === null
          ? await planOf(workspace, request)
          : await planWithModel({ workspace, plan: (more) => planOf(workspace, { ...request, ...more }) }, planner, {
              ...caller,
              text: request.text,
              spec: await specOf(workspace, request),
            });
      if (keep) {
        const { database } = await workspace.record();
        if (words !== null) await keepText(workspace, workspacePath, words);
        savePlan(database, plan, draft?.text ?? text);
        await database.durable();
        workspace.changed();
      }
      const beside = await tasksBeside(workspace.folder, workspacePath, plan.dialect);
      return answerOf(workspace, plan, [...notices, ...(draft?.notices ?? []), ...(beside === null ? [] : [beside])]);
    },
    "plan.get": async ({ planId, modifications }) => {
      const { kept, text } = await keptSpecification(workspace, planId);
      const { database } = await workspace.record();
      const all = mergeModifications(kept.modifications, modifications);
      const { specPath, revises, planner } = kept;
      const reading = keptReading(kept);
      const plan =
        modifications.length === 0
          ? kept
          : await planOf(workspace, { planId, specPath, text, reading, modifications: all, revises, planner });
      const now = await readSpecFile(workspace.folder, specPath).then(
        (file) => withoutMark(file.text),
        () => null,
      );
      const then = withoutMark(text);
      // An execution of the plan ticks boxes, and the one that a plan revises goes on doing so.
      const ticks = revises !== null || isExecuted(database, planId);
      const isSame = now === then || (now !== null && ticks && sameButForTicks(now, then, kept.dialect));
      const notices = isSame ? [] : [`${specPath} has changed since this plan was made; the plan runs as it was made`];
      return { ...(await answerOf(workspace, plan, notices)), edited: !isSame };
    },
    "plan.approve": async ({ planId, planHash, modifications, how }) => {
      const { kept, text } = await keptSpecification(workspace, planId);
      const plan = modifications.length === 0 ? kept : await changedPlan(workspace, kept, text, modifications);
      refuseErrors(plan);
      refuseBudget(plan, await readBudget(workspace.folder));
      refuseHooks(plan, await readHooks(workspace.folder));
      refuseRoles(plan, await workspace.roles.read());
      if (planHash !== undefined && planHash !== plan.hash) {
        throwFailure(
          "not_approved",
          "the plan is no longer what was shown, because an agent was changed meanwhile: look at it again",
        );
      }
      return { plan, approval: await approve(workspace, plan, plan === kept ? null : text, how) };
    },
    "plan.list": async ({ specPath, limit }) => {
      const record = await workspace.recordIfKept();
      return { plans: record ? await summariesOf(workspace, record, specPath, limit) : [] };
    },
    "plan.layout": async ({ planId, direction }, { signal }) =>
      workspace.layouts.of(await keptPlan(workspace, planId), direction, signal),
  };
}

/** A kept plan with changes of its steps. One that was approved without them stays as it is: executions may run it. */
async function changedPlan(
  workspace: Workspace,
  kept: Plan,
  text: string,
  changes: readonly StepModification[],
): Promise<Plan> {
  const { planId, specPath, revises, planner } = kept;
  const modifications = mergeModifications(kept.modifications, changes);
  const reading = keptReading(kept);
  const plan = await planOf(workspace, { planId, specPath, text, reading, modifications, revises, planner });
  const isOther = plan.hash !== kept.hash && (await isApproved(workspace.approvals, kept));
  return isOther ? { ...plan, planId: newId("plan") } : plan;
}

/** What a person should know of a plan before approving it. */
async function answerOf(workspace: Workspace, plan: Plan, notices: readonly string[]): Promise<ResultOf<"plan.get">> {
  const approved = await isApproved(workspace.approvals, plan);
  const record = await workspace.recordIfKept();
  const before = approved || !record ? null : lastApprovedPlan(record.database, plan.specPath);
  return {
    plan,
    approved,
    changes: before ? planDifference(before, plan) : [],
    notices: [
      ...workspace.notices,
      ...workspace.options.registry.problems(),
      ...(await readBudget(workspace.folder)).problems.map(({ message }) => message),
      ...(await readHooks(workspace.folder)).problems.map(({ message }) => message),
      ...notices,
    ],
    edited: false,
    revision: plan.revises === null ? null : revisionOf(await standingOf(workspace, plan.revises), plan),
  };
}

export async function keptSpecification(workspace: Workspace, planId: string): Promise<{ kept: Plan; text: string }> {
  const kept = await keptPlan(workspace, planId);
  const { database } = await workspace.record();
  return { kept, text: findSpecification(database, planId) ?? "" };
}

/** A plan that is in the record. Throws `not_found`. */
export async function keptPlan(workspace: Workspace, planId: string): Promise<Plan> {
  const record = await workspace.recordIfKept();
  const plan = record && findPlan(record.database, planId);
  if (plan && approvalHash(plan, sha256) !== plan.hash) {
    // Whoever writes the database must not be able to pass something else off as what was approved.
    throwFailure(
      "not_approved",
      `plan ${planId} was changed in the record by something else than Planwright: plan ${plan.specPath} again`,
    );
  }
  return (
    plan ??
    throwFailure("not_found", `there is no plan "${planId}" in ${workspace.folder}: make one with planwright plan FILE`)
  );
}

interface Subject {
  readonly file: SpecFile;
  /** Of the execution that is to go on with the plan. */
  readonly standing: Standing | null;
}

/** What is planned. Throws `bad_request` unless there is either a path or a text. */
async function subjectOf(
  workspace: Workspace,
  path: string | null,
  text: string | null,
  against: string | null,
): Promise<Subject> {
  if (path !== null && text === null) {
    const file = await readSpecFile(workspace.folder, path);
    return { file, standing: against === null ? null : await standingOf(workspace, against) };
  }
  if (text === null || path !== null) throwFailure("bad_request", EITHER);
  if (against !== null)
    throwFailure("bad_request", `${against} goes on with its own spec only: change that file, and name it or nothing`);
  refuseNoText(text);
  const workspacePath = pathOfText(parseSpec(text, "").title);
  return { file: { path: join(workspace.folder, workspacePath), workspacePath, text }, standing: null };
}

/** A plan for an execution to go on with reads its spec as the plan in force does, but for what is said anew. */
function goneOn(asked: SpecReading, standing: Standing | null): SpecReading {
  if (!standing) return asked;
  const before = keptReading(standing.before);
  return {
    dialect: asked.dialect ?? before.dialect,
    optional: asked.optional || before.optional,
    inputs: { ...before.inputs, ...asked.inputs },
    decomposition: asked.decomposition ?? before.decomposition,
  };
}

/** The record may lose the byte order mark of a text, which says nothing. */
function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

/** How the spec of a plan was read, and is read ever after. */
export function keptReading({ reading, dialect }: Plan): SpecReading {
  return { ...reading, dialect };
}

interface PlanRequest {
  readonly planId: string;
  readonly specPath: string;
  readonly text: string;
  readonly reading: SpecReading;
  readonly modifications: readonly StepModification[];
  /** The execution that is to go on with the plan. */
  readonly revises?: string | null;
  /** Of a plan that is made anew with changes. */
  readonly planner?: Plan["planner"];
}

export async function planOf(
  workspace: Workspace,
  { planId, specPath, text, reading, modifications, revises = null, planner }: PlanRequest,
): Promise<Plan> {
  const { registry, clock } = workspace.options;
  const record = await workspace.recordIfKept();
  const budget = await readBudget(workspace.folder);
  await registry.refreshAll();
  const views = registry.list();
  const spec = await specOf(workspace, { specPath, text, reading });
  await refuseRequirements(workspace.folder, specPath, spec);
  const plan = buildPlan({
    spec,
    specPath,
    // Whatever it is recognised as later on, this plan's spec stays what it is.
    reading: { ...reading, dialect: spec.dialect },
    agents: views,
    definitionHash: (id) => registry.definitionHash(id),
    select: (request) => chosenAgent(views, request),
    planId,
    createdAt: clock.wall().toISOString(),
    modifications,
    revises,
    ...(planner === undefined ? {} : { planner }),
    budget: budget.set,
    hooks: (await readHooks(workspace.folder)).hooks,
    roles: await workspace.roles.read(),
    ...(record ? { history: recordedHistory(record.database, clock.wall()) } : {}),
  });
  if (!hasCodingSteps(plan, views)) return plan;
  const { worktrees } = (await workspace.settings.read()).settings;
  const facts = await workspace.workplaces.facts(spec.settings.isolation !== "none");
  return isolate(plan, { agents: views, settings: spec.settings, worktrees }, facts);
}

async function specOf(
  { folder }: Workspace,
  { specPath, text, reading }: Pick<PlanRequest, "specPath" | "text" | "reading">,
): Promise<SpecDocument> {
  return parseSpec(text, specPath, { ...reading, companion: await companionOf(folder, specPath) });
}

/** An agent that is busy now will have room when the step's turn comes; the engine keeps to its limit. */
function chosenAgent(views: readonly AgentView[], request: SelectionRequest): Selection {
  const free = selectAgent(views, request);
  return free.agent
    ? free
    : selectAgent(
        views.map((view) => ({ ...view, load: 0 })),
        request,
      );
}

/** Throws `undecided_step` when only decisions are missing, `bad_spec` with the first place otherwise. */
export function refuseErrors(plan: Plan): void {
  const errors = plan.diagnostics.filter(({ severity }) => severity === "error");
  const real = errors.find(({ code }) => code !== "no-agent");
  const first = real ?? errors[0];
  if (!first) return;
  const place = {
    file: plan.specPath,
    line: first.range?.line ?? null,
    column: first.range?.column ?? null,
    field: null,
  };
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: planwright plan ${plan.specPath} shows all)` : "";
  throwFailure(real ? "bad_spec" : "undecided_step", `${first.message}${more}`, { place });
}
