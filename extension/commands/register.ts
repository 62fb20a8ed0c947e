import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { COMMANDS, type CommandEntry } from "./table.ts";
import { say } from "../say.ts";

/** Registers all commands. None of them rejects: what goes wrong is said to the person who called it. */
export function registerCommands(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    ...COMMANDS.map((entry) =>
      vscode.commands.registerCommand(entry.id, async (...args: unknown[]) => {
        if (entry.anywhere || (await mayRun(parts))) await run(parts, entry, args);
      }),
    ),
  );
}

async function run(parts: Parts, entry: CommandEntry, args: readonly unknown[]): Promise<void> {
  try {
    await entry.run(parts, args);
  } catch (error) {
    const { showError } = await import("./show-error.ts");
    await showError(parts, error);
  }
}

/** Menus and the palette hide what cannot run; keys of the person and other extensions do not. */
async function mayRun({ session }: Parts): Promise<boolean> {
  if (session.folders.length > 0) return true;
  if (!vscode.workspace.isTrusted) {
    const manage = vscode.l10n.t("Manage Workspace Trust");
    const message = vscode.l10n.t("Planwright runs programs of this workspace, so it works only where you trust it.");
    const chosen = await say("information", message, manage);
    if (chosen === manage) await vscode.commands.executeCommand("workbench.trust.manage");
    return false;
  }
  const open = vscode.l10n.t("Open Folder");
  const message = vscode.l10n.t(
    "Planwright works in a folder on this machine: open the one that has your specification.",
  );
  const chosen = await say("information", message, open);
  if (chosen === open) await vscode.commands.executeCommand("vscode.openFolder");
  return false;
}
