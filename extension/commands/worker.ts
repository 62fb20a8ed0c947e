import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { refreshTrees } from "../trees/register.ts";
import { namedIn } from "./target.ts";
import { ask } from "../say.ts";

/** `planwright.restartWorker`: at once, or when what runs has finished. */
export async function restartWorker(parts: Parts, args: readonly unknown[]): Promise<void> {
  const session = await folderOf(parts, args);
  if (!session) return;
  const running = session.model.view?.progress.filter(({ status }) => status === "running").length ?? 0;
  const how = running === 0 ? "kill" : await askHow(running);
  if (!how) return;
  await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Planwright: restarting the worker") },
    async () => {
      // After a hand-over the link starts the next worker by itself.
      if (how === "drain") await session.link.call("worker.drain", {});
      else await session.link.restart();
    },
  );
}

async function askHow(running: number): Promise<"drain" | "kill" | undefined> {
  const later = vscode.l10n.t("Restart When Idle");
  const now = vscode.l10n.t("Restart Now");
  const chosen = await ask(
    running === 1
      ? vscode.l10n.t("Restart the worker while an execution is going on?")
      : vscode.l10n.t("Restart the worker while {0} executions are going on?", running),
    vscode.l10n.t(
      "When idle: the steps that run may finish first, and the rest goes on afterwards. Now: the steps that run are ended and begin anew; nothing that is recorded is lost.",
    ),
    later,
    now,
  );
  return chosen === later ? "drain" : chosen === now ? "kill" : undefined;
}

/** `planwright.refresh`: connects where a record exists, also after retries were given up, and renews what trees show. */
export async function refresh({ session }: Parts): Promise<void> {
  await session.wake();
  await refreshTrees();
}

async function folderOf({ session }: Parts, args: readonly unknown[]): Promise<FolderSession | undefined> {
  const { folder } = namedIn(args, ["folder"]);
  const [first, ...others] = session.folders;
  if (folder !== undefined) return session.byFolderUri(folder);
  if (others.length === 0) return first;
  const items = session.folders.map((one) => ({ session: one, label: label(one.folder.name) }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t("Restart a Worker"),
    placeHolder: vscode.l10n.t("Of which folder?"),
  });
  return picked?.session;
}
