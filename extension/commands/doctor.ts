import * as vscode from "vscode";
import { VERSION } from "../../schemas/version.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { label, plain } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";

interface Check {
  readonly name: string;
  readonly status: "ok" | "info" | "warning" | "error";
  readonly message: string;
}

interface CheckItem extends vscode.QuickPickItem {
  readonly act?: () => Thenable<unknown> | Promise<unknown>;
}

const ICONS: Readonly<Record<Check["status"], string>> = {
  ok: "pass",
  info: "info",
  warning: "warning",
  error: "error",
};

/** `planwright.doctor`: what Planwright needs on this machine, folder by folder, and what to do about what is missing. */
export async function doctor(parts: Parts): Promise<void> {
  const { folders } = parts.session;
  const found = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Planwright: checking") },
    () => Promise.all(folders.map(async (session) => ({ session, checks: await checksOf(session) }))),
  );
  const many = folders.length > 1;
  const items = found.flatMap(({ session: { folder }, checks }): CheckItem[] => [
    ...(many ? [{ label: label(folder.name), kind: vscode.QuickPickItemKind.Separator }] : []),
    ...checks.map(({ name, status, message }) => ({
      label: label(name),
      iconPath: new vscode.ThemeIcon(ICONS[status]),
      description: statusWord(status),
      detail: label(message),
      act: () => vscode.env.clipboard.writeText(`${name}: ${message}`),
    })),
  ]);
  const text = found
    .map(({ session: { folder }, checks }) =>
      [folder.uri.fsPath, ...checks.map(({ name, status, message }) => `  ${status}  ${name}: ${plain(message)}`)].join(
        "\n",
      ),
    )
    .join("\n");
  const actions: CheckItem[] = [
    { label: "", kind: vscode.QuickPickItemKind.Separator },
    {
      label: vscode.l10n.t("Copy All"),
      iconPath: new vscode.ThemeIcon("copy"),
      act: () => vscode.env.clipboard.writeText(`Planwright ${VERSION}, VS Code ${vscode.version}\n${text}\n`),
    },
    commandItem("output", vscode.l10n.t("Show Output"), "planwright.showOutput"),
    commandItem("debug-restart", vscode.l10n.t("Restart Worker"), "planwright.restartWorker"),
  ];
  const picked = await vscode.window.showQuickPick([...items, ...actions], {
    title: vscode.l10n.t("Health of Planwright"),
    placeHolder: vscode.l10n.t("Choose a line to copy it"),
    matchOnDetail: true,
  });
  await picked?.act?.();
}

function commandItem(icon: string, title: string, command: string): CheckItem {
  return {
    label: title,
    iconPath: new vscode.ThemeIcon(icon),
    act: () => vscode.commands.executeCommand(command),
  };
}

/** A worker that cannot be reached is the finding, not a failure of the command. */
async function checksOf({ link }: FolderSession): Promise<Check[]> {
  try {
    return (await link.call("worker.doctor", {})).checks;
  } catch (error) {
    const failure = failureOf(error);
    if (failure === null) throw error;
    return [{ name: vscode.l10n.t("Worker"), status: "error", message: failure.message }];
  }
}

function statusWord(status: Check["status"]): string {
  const words: Record<Check["status"], string> = {
    ok: vscode.l10n.t("in order"),
    info: vscode.l10n.t("to know"),
    warning: vscode.l10n.t("worth a look"),
    error: vscode.l10n.t("not working"),
  };
  return words[status];
}
