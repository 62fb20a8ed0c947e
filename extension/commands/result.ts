import { randomUUID } from "node:crypto";
import path from "node:path";
import * as vscode from "vscode";
import type { AcceptHow, ExecutionResult } from "../../schemas/operations/result.ts";
import type { Parts } from "../parts.ts";
import { label, plain } from "../plain-text.ts";
import { resultUri } from "../panels/result-document.ts";
import { ask, say } from "../say.ts";
import { executionOf, type ExecutionTarget } from "./execution-of.ts";
import { namedIn } from "./target.ts";

/** What coding steps have made stands in a branch of its own until a person takes it (catalogue N1). */

interface Found extends ExecutionTarget {
  readonly result: ExecutionResult;
}

interface AcceptItem extends vscode.QuickPickItem {
  readonly how: AcceptHow | "show";
}

/** `planwright.acceptResult(execution?)`: shows what was made and asks what to do with it. */
export async function acceptResult(parts: Parts, args: readonly unknown[]): Promise<void> {
  const found = await resultNamed(parts, args, vscode.l10n.t("Accept a Result"));
  if (!found) return;
  const { session, executionId, result } = found;
  if (result.state === "growing") {
    await say("information", vscode.l10n.t("The execution has not ended yet: its result can be accepted then."));
    return;
  }
  if (result.state !== "ready") {
    await say("information", settledWord(result));
    return;
  }
  const picked = await vscode.window.showQuickPick(acceptItems(result), {
    title: vscode.l10n.t("Accept a Result"),
    placeHolder: figures(result),
    ignoreFocusOut: true,
  });
  if (!picked) return;
  if (picked.how === "show") {
    await openChanges(found);
    return;
  }
  const branch = picked.how === "keep" ? await askBranch(result) : null;
  if (branch === undefined || (picked.how === "discard" && !(await isSure(result)))) return;
  const { message } = await session.link.call("execution.accept", {
    executionId,
    how: picked.how,
    branch,
    commandId: randomUUID(),
  });
  await say("information", message);
}

/** `planwright.showChanges(execution?)`: all files side by side, as they were and as they are now. */
export async function showChanges(parts: Parts, args: readonly unknown[]): Promise<void> {
  const found = await resultNamed(parts, args, vscode.l10n.t("Show Changes"));
  if (found) await openChanges(found);
}

async function openChanges({ session, executionId, result }: Found): Promise<void> {
  if (result.changedFiles === 0) {
    await say("information", vscode.l10n.t("It has changed nothing so far."));
    return;
  }
  const folder = session.folder.uri.toString();
  const changes = result.files.map(({ path: file, status }) => {
    const side = (of: "base" | "tip"): vscode.Uri => resultUri({ folder, executionId, path: file, side: of });
    const [before, after] = [
      status === "added" ? undefined : side("base"),
      status === "deleted" ? undefined : side("tip"),
    ];
    return [vscode.Uri.joinPath(session.folder.uri, file), before, after];
  });
  await vscode.commands.executeCommand("vscode.changes", figures(result), changes);
  const left = result.changedFiles - result.files.length;
  if (left > 0)
    await say(
      "information",
      vscode.l10n.t("{0} more files were changed: the branch {1} has all of them.", left, result.branch),
    );
}

async function resultNamed(parts: Parts, args: readonly unknown[], title: string): Promise<Found | undefined> {
  const target = await executionOf(parts, namedIn(args, ["executionId"]), {
    title,
    results: true,
    none: vscode.l10n.t("No execution has made changes in a branch of its own."),
  });
  if (!target) return undefined;
  const { result } = await target.session.link.call("execution.result", { executionId: target.executionId });
  if (result !== null) return { ...target, result };
  await say("information", vscode.l10n.t("Its steps work in the folder itself: there is nothing to accept."));
  return undefined;
}

function acceptItems(result: ExecutionResult): AcceptItem[] {
  const { l10n } = vscode;
  const { how, reason, files } = result.apply;
  const into = result.target === null ? "" : plain(result.target);
  const ways = {
    "fast-forward": l10n.t("by fast-forward"),
    merge: l10n.t("by a merge commit"),
    "up-to-date": l10n.t("all of it is there already"),
  };
  const blocked =
    reason === null ? null : label([plain(reason), ...files.slice(0, 5).map((file) => plain(file))].join(" · "));
  const item = (
    accept: AcceptItem["how"],
    icon: string,
    title: string,
    description: string,
    detail: string,
  ): AcceptItem => ({
    how: accept,
    label: `$(${icon}) ${title}`,
    description,
    detail,
  });
  return [
    item("show", "diff-multiple", l10n.t("Show Changes"), "", l10n.t("All files side by side.")),
    item(
      "apply",
      "git-merge",
      l10n.t("Apply"),
      how === null ? l10n.t("not possible now") : `${into} · ${ways[how]}`,
      blocked ?? l10n.t("Brings every commit into your branch."),
    ),
    item(
      "squash",
      "git-commit",
      l10n.t("Apply as One Commit"),
      how === null ? l10n.t("not possible now") : into,
      blocked ?? l10n.t("Brings all changes into your branch as one commit."),
    ),
    item("keep", "git-branch", l10n.t("Keep as Branch…"), plain(result.branch), l10n.t("Leaves your branch as it is.")),
    item("discard", "trash", l10n.t("Discard…"), "", l10n.t("Throws the changes away.")),
  ];
}

function figures({ changedFiles, insertions, deletions }: ExecutionResult): string {
  const files = changedFiles === 1 ? vscode.l10n.t("1 file") : vscode.l10n.t("{0} files", changedFiles);
  return `${files} · +${insertions} −${deletions}`;
}

/** Undefined: the person thought better of it. Null: the name that it has. */
async function askBranch({ branch }: ExecutionResult): Promise<string | null | undefined> {
  const typed = await vscode.window.showInputBox({
    title: vscode.l10n.t("Keep as Branch"),
    prompt: vscode.l10n.t("Name of the branch"),
    value: branch,
    ignoreFocusOut: true,
  });
  if (typed === undefined) return undefined;
  return typed.trim() === "" || typed.trim() === branch ? null : typed.trim();
}

async function isSure(result: ExecutionResult): Promise<boolean> {
  const discard = vscode.l10n.t("Discard");
  const message = vscode.l10n.t("Throw away what this execution has made?");
  const detail = vscode.l10n.t(
    "{0}. Its last commit is {1}; git removes it some time later.",
    figures(result),
    result.tip.slice(0, 12),
  );
  return (await ask(message, detail, discard)) === discard;
}

function settledWord({ state, branch, target }: ExecutionResult): string {
  switch (state) {
    case "applied":
    case "squashed":
      return vscode.l10n.t("It was applied to {0} already.", target ?? "");
    case "kept":
      return vscode.l10n.t("It was kept as branch {0}.", branch);
    case "discarded":
      return vscode.l10n.t("It was discarded.");
    default:
      return vscode.l10n.t("It has changed nothing.");
  }
}

/** `planwright.openConflict(decision)`: the files in which two changes do not fit, in the worktree where the conflict stands open. */
export async function openConflict(_parts: Parts, args: readonly unknown[]): Promise<void> {
  const conflict = namedIn(args, []).decision?.conflict ?? null;
  if (conflict === null) {
    await say("information", vscode.l10n.t("Nothing is in conflict."));
    return;
  }
  for (const file of conflict.files.slice(0, MOST_OPENED)) {
    const uri = vscode.Uri.file(path.join(conflict.folder, file));
    await vscode.commands.executeCommand("vscode.open", uri, { preview: false });
  }
  const left = conflict.files.length - MOST_OPENED;
  if (left > 0)
    await say("information", vscode.l10n.t("{0} more files are in conflict in {1}.", left, conflict.folder));
}

const MOST_OPENED = 10;
