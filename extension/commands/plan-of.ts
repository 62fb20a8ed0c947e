import * as vscode from "vscode";
import { formatAmount } from "../../schemas/money.ts";
import type { PlanSummary } from "../../schemas/plan.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { plainTime } from "./plain-time.ts";
import type { Named } from "./target.ts";
import { say } from "../say.ts";

export interface PlanTarget {
  readonly session: FolderSession;
  readonly planId: string;
}

interface PlanQuestion {
  readonly title: string;
  readonly none: string;
  /** Only plans that wait for approval. */
  readonly awaiting: boolean;
}

interface PlanItem extends vscode.QuickPickItem {
  readonly target: PlanTarget;
}

/** The plan that was named, the only one that suits, or the one that the person picks. Undefined: they picked none. */
export async function planTargetOf(
  parts: Parts,
  { planId, folder }: Named,
  question: PlanQuestion,
): Promise<PlanTarget | undefined> {
  if (planId !== undefined) {
    const session = await sessionOf(parts, folder, planId);
    return session && { session, planId };
  }
  const plans = await keptPlans(parts, question.awaiting);
  const [first, ...others] = plans;
  if (!first) {
    await say("information", question.none);
    return undefined;
  }
  if (others.length === 0 && question.awaiting) return { session: first.session, planId: first.summary.planId };
  const items = plans.map(({ session, summary }): PlanItem => {
    const cost = formatAmount(summary.estimatedCost, summary.currency);
    const standing = summary.approved ? vscode.l10n.t("approved") : vscode.l10n.t("not approved");
    return {
      target: { session, planId: summary.planId },
      label: label(summary.title),
      iconPath: new vscode.ThemeIcon(summary.approved ? "verified" : "checklist"),
      description: `${standing} · ${plainTime(summary.createdAt)}`,
      detail: label(vscode.l10n.t("{0}, steps: {1}, cost: {2}", summary.specPath, summary.steps, cost)),
    };
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: question.title,
    placeHolder: vscode.l10n.t("Which plan?"),
    matchOnDetail: true,
  });
  return picked?.target;
}

interface KnownPlan {
  readonly session: FolderSession;
  readonly summary: PlanSummary;
}

async function keptPlans(parts: Parts, awaiting: boolean): Promise<KnownPlan[]> {
  await parts.session.wake();
  const lists = await Promise.all(
    parts.session.folders.map(async (session): Promise<KnownPlan[]> => {
      if (session.model.link.kind !== "connected") return [];
      const plans =
        awaiting && session.model.view
          ? session.model.view.plans
          : (await session.link.call("plan.list", { limit: 50 })).plans.filter((one) => !(awaiting && one.approved));
      return plans.map((summary) => ({ session, summary }));
    }),
  );
  return lists.flat().sort((one, other) => other.summary.createdAt.localeCompare(one.summary.createdAt));
}

async function sessionOf(
  { session }: Parts,
  folder: string | undefined,
  planId: string,
): Promise<FolderSession | undefined> {
  const { folders } = session;
  const known =
    (folder === undefined ? undefined : session.byFolderUri(folder)) ??
    folders.find(
      ({ model: { view } }) =>
        view?.plans.some((one) => one.planId === planId) || view?.executions.some((one) => one.planId === planId),
    );
  if (known || folders.length < 2) return known ?? folders[0];
  for (const candidate of folders) {
    try {
      await candidate.link.call("plan.get", { planId });
      return candidate;
    } catch (error) {
      if (failureOf(error)?.code !== "not_found") throw error;
    }
  }
  await say("error", vscode.l10n.t("No open folder has the plan {0}.", planId));
  return undefined;
}
