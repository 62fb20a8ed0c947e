import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { plain } from "../plain-text.ts";
import { approvalText } from "./approval-text.ts";
import { startPlan } from "./execute.ts";
import { planTargetOf } from "./plan-of.ts";
import { showPlan } from "./show-plan.ts";
import { namedIn } from "./target.ts";
import { ask, say } from "../say.ts";

/** `planwright.approve(planId)`: shows what would run and asks for the person's word. */
export async function approve(parts: Parts, args: readonly unknown[]): Promise<void> {
  const named = namedIn(args, ["planId"]);
  const target = await planTargetOf(parts, named, {
    title: vscode.l10n.t("Approve a Plan"),
    none: vscode.l10n.t("No plan waits for approval."),
    awaiting: true,
  });
  if (!target) return;
  const { session, planId } = target;
  const { plan, approved, changes } = await session.link.call("plan.get", { planId });
  const errors = [
    ...(session.model.view?.budgetProblems ?? []).map((message) => ({ message })),
    ...(session.model.view?.hookProblems ?? []).map((message) => ({ message })),
    ...plan.diagnostics.filter(({ severity }) => severity === "error"),
  ];
  const [first] = errors;
  if (first) {
    // The panel has the means to decide what is open.
    showPlan(parts, session, { planId });
    const message =
      errors.length === 1
        ? vscode.l10n.t("{0} cannot be approved yet: {1}", plan.title, first.message)
        : vscode.l10n.t(
            "{0} cannot be approved yet, for {1} reasons. The first: {2}",
            plan.title,
            errors.length,
            first.message,
          );
    await say("warning", message);
    return;
  }
  const approveOnly = vscode.l10n.t("Approve");
  const execute = plan.revises === null ? vscode.l10n.t("Approve and Execute") : vscode.l10n.t("Approve and Go On");
  const show = vscode.l10n.t("Show Plan");
  const question = approved
    ? vscode.l10n.t("“{0}” is approved already. Execute it?", plain(plan.title))
    : vscode.l10n.t("Approve “{0}”?", plain(plan.title));
  const chosen = await ask(
    question,
    approvalText(plan, changes),
    ...(approved ? [vscode.l10n.t("Execute")] : [execute, approveOnly]),
    show,
  );
  if (chosen === undefined) return;
  if (chosen === show) {
    showPlan(parts, session, { planId });
    return;
  }
  const kept = approved
    ? plan
    : (
        await session.link.call("plan.approve", {
          planId,
          planHash: plan.hash,
          how: "editor",
          commandId: randomUUID(),
        })
      ).plan;
  if (chosen !== approveOnly) await startPlan(parts, session, kept, null);
}
