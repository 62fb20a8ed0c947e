import { randomUUID } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import type { ParamsIn, ResultOf } from "../../schemas/operations/table.ts";
import type { StepModification } from "../../schemas/plan.ts";
import type { Parts } from "../parts.ts";
import { sentence } from "../plain-text.ts";
import { askForInputs } from "./ask-for-inputs.ts";
import { showPlan } from "./show-plan.ts";
import { specOf, type SpecFile } from "./spec-of.ts";
import { namedIn } from "./target.ts";

/** Planning a usual spec takes a few milliseconds; only what takes longer than this shows progress. In milliseconds. */
const QUIET_MS = 1_000;

/** `planwright.plan(uri)`: makes a plan of the saved spec and shows it. */
export async function planSpec(parts: Parts, args: readonly unknown[]): Promise<void> {
  await planAndShow(parts, args, false);
}

/** `planwright.planOptional(uri)`: the same, with the tasks that the spec marks as optional. */
export async function planWithOptional(parts: Parts, args: readonly unknown[]): Promise<void> {
  await planAndShow(parts, args, true);
}

async function planAndShow(parts: Parts, args: readonly unknown[], optional: boolean): Promise<void> {
  const spec = await specOf(parts, namedIn(args, ["uri"]), vscode.l10n.t("Plan a Specification"));
  if (!spec) return;
  const inputs = await askForInputs(parts, spec, {});
  if (!inputs) return;
  const answer = await makePlan(spec, [], { dialect: null, optional, inputs });
  if (answer) showPlan(parts, spec.session, { planId: answer.plan.planId, specPath: spec.path });
}

/** The kept plan of a spec with these changes. Undefined: the person did not want to wait for it. Throws FailureError. */
export async function makePlan(
  { session, path: specPath, uri }: SpecFile,
  modifications: StepModification[],
  reading: ParamsIn<"plan.create">["reading"],
): Promise<ResultOf<"plan.create"> | undefined> {
  const planning = session.link.call("plan.create", {
    path: specPath,
    reading,
    keep: true,
    modifications,
    commandId: randomUUID(),
  });
  return patiently(path.basename(uri.fsPath), planning);
}

/** Shows what is being planned once it takes its time. Undefined: the person did not want to wait for it. */
export async function patiently<T>(name: string, planning: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve: onLate } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => {
    onLate("late");
  }, QUIET_MS);
  try {
    const first = await Promise.race([planning, late]);
    return first === "late" ? await withProgress(name, planning) : first;
  } finally {
    clearTimeout(timer);
  }
}

/** Who cancels goes on with something else; the plan that the worker is making is then one more in the record. */
async function withProgress<T>(name: string, planning: Promise<T>): Promise<T | undefined> {
  return vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: sentence(vscode.l10n.t("Planning {0}", name)),
      cancellable: true,
    },
    async (_progress, token) => {
      const { promise: cancelled, resolve } = Promise.withResolvers<undefined>();
      const subscription = token.onCancellationRequested(() => {
        resolve(undefined);
      });
      try {
        return await Promise.race([planning, cancelled]);
      } finally {
        subscription.dispose();
        // Nobody waits for its failure any more.
        if (token.isCancellationRequested) planning.catch(() => undefined);
      }
    },
  );
}
