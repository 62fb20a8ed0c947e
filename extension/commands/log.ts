import * as vscode from "vscode";
import { exportLog, openLogFile, showLog } from "../panels/log-view.ts";
import type { Parts } from "../parts.ts";
import { executionOf } from "./execution-of.ts";
import { namedIn, type Named } from "./target.ts";

const ORDER = ["executionId", "stepId"] as const;

/** `planwright.openLog(execution?, stepId?)`: the log view; without an execution it follows the one that started last. */
export async function openLog(parts: Parts, args: readonly unknown[]): Promise<void> {
  const named = namedIn(args, ORDER);
  if (named.executionId === undefined) {
    await showLog({ folder: named.folder ?? "", executionId: null, stepId: null });
    return;
  }
  const target = await targetOf(parts, named, vscode.l10n.t("Open a Log"));
  if (target) await showLog(target);
}

/** `planwright.openLogFile(execution?, stepId?)`: the whole of it in an editor. */
export async function openWholeLog(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await targetOf(parts, namedIn(args, ORDER), vscode.l10n.t("Open a Log in an Editor"));
  if (target) await openLogFile(target);
}

/** `planwright.exportLog(execution?, stepId?)`: into a file that the person names. */
export async function exportWholeLog(parts: Parts, args: readonly unknown[]): Promise<void> {
  const target = await targetOf(parts, namedIn(args, ORDER), vscode.l10n.t("Export a Log"));
  if (target) await exportLog(target);
}

async function targetOf(
  parts: Parts,
  named: Named,
  title: string,
): Promise<{ folder: string; executionId: string; stepId: string | null } | undefined> {
  const target = await executionOf(parts, named, { title, none: vscode.l10n.t("There is no execution yet.") });
  return (
    target && {
      folder: target.session.folder.uri.toString(),
      executionId: target.executionId,
      stepId: named.stepId ?? null,
    }
  );
}
