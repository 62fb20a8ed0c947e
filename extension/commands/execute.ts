import { randomUUID } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import type { ResultOf } from "../../schemas/operations/table.ts";
import type { ExecutionScope } from "../../schemas/operations/execution.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import type { FolderSession } from "../session.ts";
import { readSettings } from "../settings.ts";
import { askForInputs } from "./ask-for-inputs.ts";
import { makePlan } from "./plan-spec.ts";
import { showPlan } from "./show-plan.ts";
import { specOf, type SpecFile } from "./spec-of.ts";
import { namedIn } from "./target.ts";
import { say } from "../say.ts";

type Scope = ExecutionScope | null;

/** `planwright.execute(uri)`: runs the spec as it was approved; what is not approved yet is shown for approval instead. */
export async function executeSpec(parts: Parts, args: readonly unknown[]): Promise<void> {
  const spec = await specOf(parts, namedIn(args, ["uri"]), vscode.l10n.t("Execute a Specification"));
  if (spec) await execute(parts, spec, null);
}

/** `planwright.runFrom(uri, stepId)`: the same from one step on, with everything that depends on it. */
export async function runFrom(parts: Parts, args: readonly unknown[]): Promise<void> {
  const named = namedIn(args, ["uri", "stepId"]);
  const spec = await specOf(parts, named, vscode.l10n.t("Execute a Specification"));
  if (!spec) return;
  const { stepId } = named;
  await execute(parts, spec, stepId === undefined ? null : { kind: "from", stepId });
}

async function execute(parts: Parts, spec: SpecFile, scope: Scope): Promise<void> {
  if (!(await mayStartAnother(parts, spec))) return;
  const answer = await currentPlan(parts, spec);
  if (!answer) return;
  const { plan, approved } = answer;
  if (plan.steps.length === 0 && plan.diagnostics.length === 0) {
    const done = vscode.l10n.t("Everything in {0} is done already.", path.basename(spec.path));
    await say("information", done);
  } else if (approved) await startPlan(parts, spec.session, plan, scope);
  else showPlan(parts, spec.session, { planId: plan.planId, stepId: scope?.stepId, scope, specPath: spec.path });
}

/** Starts an approved plan and shows it running. */
export async function startPlan(
  parts: Parts,
  session: FolderSession,
  { planId, revises }: { readonly planId: string; readonly revises: string | null },
  scope: Scope,
): Promise<void> {
  const started =
    revises === null
      ? await session.link.call("execution.start", {
          planId,
          scope,
          attended: true,
          writeBack: readSettings(session.folder.uri).writeBack,
          commandId: randomUUID(),
        })
      : await session.link.call("execution.revise", { executionId: revises, planId, commandId: randomUUID() });
  showPlan(parts, session, { planId, executionId: started.executionId });
}

/**
 * The plan of the spec as it is now, with what the person changed in the one before: so a spec whose plan was approved with changes
 * is still approved. Changes of steps that are gone are left out altogether. Undefined: the person gave up.
 */
async function currentPlan(parts: Parts, spec: SpecFile): Promise<ResultOf<"plan.create"> | undefined> {
  const { link } = spec.session;
  const [newest] = (await link.call("plan.list", { specPath: spec.path, limit: 1 })).plans;
  const before = newest?.approved ? (await link.call("plan.get", { planId: newest.planId })).plan : null;
  const inputs = await askForInputs(parts, spec, before?.reading.inputs ?? {});
  if (!inputs) return undefined;
  const { optional = false, decomposition = null } = before?.reading ?? {};
  const reading = { dialect: null, optional, inputs, decomposition };
  if (before && before.revises === null && before.modifications.length > 0) {
    try {
      return await makePlan(spec, before.modifications, reading);
    } catch (error) {
      if (failureOf(error)?.code !== "bad_request" && failureOf(error)?.code !== "not_found") throw error;
    }
  }
  return makePlan(spec, [], reading);
}

/** Two executions of one spec at once are seldom meant. */
async function mayStartAnother(parts: Parts, { session, path: specPath }: SpecFile): Promise<boolean> {
  const going = session.model.view?.progress.map(({ executionId }) => executionId) ?? [];
  const other = session.model.view?.executions.find(
    (one) => one.specPath === specPath && going.includes(one.executionId),
  );
  if (!other) return true;
  const show = vscode.l10n.t("Show It");
  const another = vscode.l10n.t("Start Another");
  const message = vscode.l10n.t("{0} is being executed already.", path.basename(specPath));
  const chosen = await say("warning", message, show, another);
  if (chosen === show) showPlan(parts, session, other);
  return chosen === another;
}
