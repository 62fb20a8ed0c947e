import { throwFailure } from "../../../schemas/failure.ts";
import type { Plan, StepModification } from "../../../schemas/plan.ts";
import { approvalHash } from "../../plan/approval-hash.ts";
import { mergeModifications } from "../../plan/modifications.ts";
import { sha256 } from "../../plan/hash.ts";
import { approve } from "../approved.ts";
import { readBudget, refuseBudget } from "../budget-file.ts";
import { readHooks, refuseHooks } from "../hooks-file.ts";
import { refuseRoles } from "../role-files.ts";
import { newId } from "../ids.ts";
import type { Workspace } from "../workspace.ts";
import { keptReading, keptSpecification, planOf, refuseErrors } from "./plan.ts";

/**
 * The plan with changes that a person gave together with an answer. Giving them approves them and nothing else, so the new plan is
 * kept with an approval. Throws FailureError when the changes cannot be made, the plan has errors, or something else in it would
 * change, too.
 */
export async function approveChanges(
  workspace: Workspace,
  before: Plan,
  executionId: string,
  changes: readonly StepModification[],
): Promise<Plan> {
  const { kept, text } = await keptSpecification(workspace, before.planId);
  const modifications = mergeModifications(kept.modifications, changes);
  const { specPath, planner } = kept;
  const basis = { planId: newId("plan"), specPath, text, reading: keptReading(kept), planner };
  const today = await planOf(workspace, { ...basis, modifications: kept.modifications });
  const plan = await planOf(workspace, { ...basis, modifications });
  // Without its agent a coding step is none, and its plan may have no isolation.
  requireSame(kept, { ...today, isolation: today.isolation ?? plan.isolation }, executionId, changes);
  refuseErrors(plan);
  refuseBudget(plan, await readBudget(workspace.folder));
  refuseHooks(plan, await readHooks(workspace.folder));
  refuseRoles(plan, await workspace.roles.read());
  await requireKnownAgents(workspace, kept, plan, executionId);
  await approve(workspace, plan, text, "command");
  return plan;
}

/** Throws `not_approved` when the changes bring an agent of the workspace whose definition nobody here has approved yet (SEC10). */
async function requireKnownAgents(workspace: Workspace, kept: Plan, plan: Plan, executionId: string): Promise<void> {
  const origins = new Map(workspace.options.registry.list().map(({ id, origin }) => [id, origin]));
  const added = Object.entries(plan.agentHashes).filter(
    ([id, hash]) => kept.agentHashes[id] !== hash && origins.get(id) !== "built-in",
  );
  const roles = Object.keys(plan.roleFiles).filter((role) => kept.roleHashes[role] !== plan.roleHashes[role]);
  if (added.length + roles.length === 0) return;
  const approvals = await workspace.approvals.list();
  const advice = `with planwright plan --against ${executionId} and the same changes, approve that plan, and go on with planwright resume --plan`;
  const unknown = added.find(([id, hash]) => !approvals.some(({ content }) => content.agents[id] === hash));
  if (unknown)
    throwFailure(
      "not_approved",
      `agent "${unknown[0]}" has not been approved in this workspace yet: see what it runs ${advice}`,
    );
  const role = roles.find((id) => !approvals.some(({ content }) => content.roles[id] === plan.roleHashes[id]));
  if (role !== undefined)
    throwFailure(
      "not_approved",
      `${plan.roleFiles[role] ?? role} has not been approved in this workspace yet: read it, make a plan ${advice}`,
    );
}

/**
 * Throws `not_approved` when the plan would come out differently today without the changes: agents' definitions, the choice of agents
 * or the kept text of the spec are not what they were, and nobody was shown that. Whoever runs a step that is changed may be gone:
 * another agent may be just what the person gives it.
 */
function requireSame(kept: Plan, today: Plan, executionId: string, changes: readonly StepModification[]): void {
  const changed = new Set(changes.map(({ stepId }) => stepId));
  const before = new Map(kept.steps.map((step) => [step.id, step]));
  const steps = today.steps.map((step) => {
    const earlier = before.get(step.id);
    if (!earlier || !changed.has(step.id) || step.agent === earlier.agent) return step;
    const { agent, decision, simulated, service, retry, timeout, role, change, place, locks } = earlier;
    return { ...step, agent, decision, simulated, service, retry, timeout, role, change, place, locks };
  });
  const hash = approvalHash({ ...today, steps, agentHashes: {}, roleHashes: {} }, sha256);
  const other = Object.entries(today.agentHashes).find(([id, now]) => kept.agentHashes[id] !== now)?.[0];
  const role = Object.entries(today.roleHashes).find(([id, now]) => kept.roleHashes[id] !== now)?.[0];
  const isSame = hash === approvalHash({ ...kept, agentHashes: {}, roleHashes: {} }, sha256);
  if (other === undefined && role === undefined && isSame) return;
  const what =
    other !== undefined
      ? `agent "${other}"`
      : role !== undefined
        ? `the prompt template of the role ${role}`
        : `what plan ${kept.planId} is made from`;
  throwFailure(
    "not_approved",
    `${what} has changed since the plan was approved, and an answer approves its own changes only: see the whole with planwright plan --against ${executionId} and the same changes, approve that plan, and go on with planwright resume --plan`,
  );
}
