import { userInfo } from "node:os";
import { throwFailure } from "../../../schemas/failure.ts";
import type { Approval } from "../../../schemas/operations/plan.ts";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { selectAgent } from "../../agents/selection.ts";
import { buildPlan } from "../../plan/build.ts";
import { parseSpec } from "../../spec/parse.ts";
import { insertApproval } from "../../store/approvals.ts";
import { findPlan, findSpecification, savePlan } from "../../store/plans.ts";
import type { Handlers } from "../handlers.ts";
import { newId } from "../ids.ts";
import { readSpecFile } from "../spec-file.ts";
import type { Workspace } from "../workspace.ts";

export function planHandlers(workspace: Workspace): Pick<Handlers, "plan.create" | "plan.get" | "plan.approve"> {
  const isApproved = async (plan: Plan): Promise<boolean> => (await workspace.approvals.find(plan.hash)) !== null;
  return {
    "plan.create": async ({ path, keep, modifications }) => {
      const file = await readSpecFile(workspace.folder, path);
      const plan = await planOf(workspace, {
        planId: newId("plan"),
        specPath: file.workspacePath,
        text: file.text,
        modifications,
      });
      if (keep) {
        const { database } = await workspace.record();
        savePlan(database, plan, file.text);
        await database.durable();
      }
      return { plan, approved: await isApproved(plan) };
    },
    "plan.get": async ({ planId }) => {
      const plan = await keptPlan(workspace, planId);
      return { plan, approved: await isApproved(plan) };
    },
    "plan.approve": async ({ planId, modifications, how }) => {
      const kept = await keptPlan(workspace, planId);
      const { database } = await workspace.record();
      const text = findSpecification(database, planId) ?? "";
      const all = mergeModifications(kept.modifications, modifications);
      const plan =
        modifications.length === 0
          ? kept
          : await planOf(workspace, { planId, specPath: kept.specPath, text, modifications: all });
      refuseErrors(plan);
      const approval: Approval = {
        planId,
        planHash: plan.hash,
        at: workspace.options.clock.wall().toISOString(),
        by: userInfo().username,
        how,
      };
      database.transaction(() => {
        savePlan(database, plan, text);
        insertApproval(database, approval);
      });
      await database.durable();
      await workspace.approvals.keep(approval);
      return { plan, approval };
    },
  };
}

/** A plan that is in the record. Throws `not_found`. */
export async function keptPlan(workspace: Workspace, planId: string): Promise<Plan> {
  const record = await workspace.recordIfKept();
  const plan = record && findPlan(record.database, planId);
  return (
    plan ??
    throwFailure("not_found", `there is no plan "${planId}" in ${workspace.folder}: make one with planwright plan FILE`)
  );
}

interface PlanRequest {
  readonly planId: string;
  readonly specPath: string;
  readonly text: string;
  readonly modifications: readonly StepModification[];
}

async function planOf(workspace: Workspace, { planId, specPath, text, modifications }: PlanRequest): Promise<Plan> {
  const { registry, clock } = workspace.options;
  await registry.refresh();
  const views = registry.list();
  return buildPlan({
    spec: parseSpec(text, specPath),
    specPath,
    agents: views,
    definitionHash: (id) => registry.definitionHash(id),
    select: (request) => selectAgent(views, request),
    planId,
    createdAt: clock.wall().toISOString(),
    modifications,
  });
}

/** Later changes of a step replace earlier ones, key by key. */
function mergeModifications(
  before: readonly StepModification[],
  after: readonly StepModification[],
): StepModification[] {
  const byStep = new Map(before.map((modification) => [modification.stepId, modification]));
  for (const modification of after) {
    const earlier = byStep.get(modification.stepId);
    byStep.set(modification.stepId, { ...earlier, ...modification, ...decided(modification) });
  }
  return [...byStep.values()];
}

/** Of agent, skip and simulate the last one said holds. */
function decided({ agent, skip, simulate }: StepModification): Pick<StepModification, "skip" | "simulate"> {
  return agent !== undefined || skip === true || simulate === true
    ? { skip: skip ?? false, simulate: simulate ?? false }
    : {};
}

/** Throws `undecided_step` when only decisions are missing, `bad_spec` with the first place otherwise. */
function refuseErrors(plan: Plan): void {
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
