import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { budgetDays, showBudgetOf } from "../trees/register.ts";
import { folderNamed } from "./folder-for.ts";
import { isThere, propose } from "./folder-json.ts";
import { namedIn } from "./target.ts";

const BUDGET_FILE = ".planwright/budget.json";
const PERIODS = [7, 30, 90] as const;

/** Enough to begin with: what a month may cost, and a question before it costs more. */
const PROPOSAL = {
  id: "team",
  limits: { total: 20, currency: "USD", duration: "month" },
  enforcement: { mode: "approve", warningThreshold: 0.8 },
};

/** `planwright.openBudget(line?)`: the limits of the folder, at the line that is meant; proposes some where there are none. */
export async function openBudget(parts: Parts, args: readonly unknown[]): Promise<void> {
  const folder = await folderNamed(parts, args, vscode.l10n.t("Limits of a Folder"));
  if (folder === undefined) return;
  const file = vscode.Uri.joinPath(folder.folder.uri, BUDGET_FILE);
  const document = (await isThere(file))
    ? await vscode.workspace.openTextDocument(file)
    : await propose(file, PROPOSAL);
  const start = new vscode.Position(Math.max((namedIn(args, []).line ?? 1) - 1, 0), 0);
  await vscode.window.showTextDocument(document, { selection: new vscode.Range(start, start) });
}

/** `planwright.budgetDays`: over how many days the budget view shows what was spent. */
export async function chooseDays(): Promise<void> {
  const shown = budgetDays();
  const items = PERIODS.map((days) => ({
    days,
    label: vscode.l10n.t("Last {0} days", days),
    description: days === shown ? vscode.l10n.t("shown now") : "",
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("What Was Spent"),
    placeHolder: vscode.l10n.t("Over how many days?"),
  });
  if (picked) showBudgetOf(picked.days);
}
