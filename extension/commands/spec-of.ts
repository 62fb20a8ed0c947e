import path from "node:path";
import * as vscode from "vscode";
import { failureOf } from "../failure-of.ts";
import { planInFront } from "../panels/plan-panel.ts";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import type { Named } from "./target.ts";
import { say } from "../say.ts";

/** A spec of one of the folders. */
export interface SpecFile {
  readonly session: FolderSession;
  readonly uri: vscode.Uri;
  /** Inside the folder, with `/`: how operations name it. */
  readonly path: string;
}

/**
 * The spec that is meant: the one that was named, the one in the active editor, the one whose plan is in front, the only one of the
 * workspace, or the one that the person picks. Undefined: they picked none. What is not saved yet is saved, as before any other run.
 */
export async function specOf(parts: Parts, named: Named, title: string): Promise<SpecFile | undefined> {
  const uri =
    namedUri(parts, named) ?? activeSpec(parts) ?? (await plannedSpec(parts)) ?? (await pickSpec(parts, title));
  if (uri === undefined) return undefined;
  const session = parts.session.of(uri);
  if (!session) {
    const message = vscode.l10n.t("{0} is outside of the open folders: open its folder first.", uri.fsPath);
    await say("error", message);
    return undefined;
  }
  const dirty = vscode.workspace.textDocuments.find((one) => one.isDirty && one.uri.toString() === uri.toString());
  if (dirty && !(await isSaved(dirty))) {
    const message = vscode.l10n.t("{0} could not be saved, so nothing was planned.", path.basename(uri.fsPath));
    await say("error", message);
    return undefined;
  }
  return { session, uri, path: workspacePath(session, uri) };
}

/** Saving right after an edit can be told as failed because it met a change or another saving; trying once more tells the truth. */
async function isSaved(document: vscode.TextDocument): Promise<boolean> {
  return (await document.save()) || !document.isDirty || document.save();
}

export function workspacePath({ folder }: FolderSession, uri: vscode.Uri): string {
  return path.relative(folder.uri.fsPath, uri.fsPath).split(path.sep).join("/");
}

function namedUri({ session }: Parts, { uri, folder, specPath }: Named): vscode.Uri | undefined {
  if (uri) return uri;
  const where = folder === undefined ? session.folders[0] : session.byFolderUri(folder);
  return where && specPath !== undefined ? vscode.Uri.joinPath(where.folder.uri, specPath) : undefined;
}

function activeSpec({ specs }: Parts): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document && specs.isSpec(document) ? document.uri : undefined;
}

/** The spec of the plan that the person looks at. */
async function plannedSpec({ session }: Parts): Promise<vscode.Uri | undefined> {
  const front = planInFront();
  const where = front && session.byFolderUri(front.folder);
  if (!front || !where) return undefined;
  try {
    const { plan } = await where.link.call("plan.get", { planId: front.planId });
    return vscode.Uri.joinPath(where.folder.uri, plan.specPath);
  } catch (error) {
    // The record was deleted: then the panel says so, and the person picks.
    if (failureOf(error)?.code !== "not_found") throw error;
    return undefined;
  }
}

interface SpecItem extends vscode.QuickPickItem {
  readonly uri: vscode.Uri;
}

async function pickSpec({ session, specs }: Parts, title: string): Promise<vscode.Uri | undefined> {
  const items: SpecItem[] = (await specs.all())
    .map((uri) => ({ uri, label: label(vscode.workspace.asRelativePath(uri)) }))
    .sort((one, other) => one.label.localeCompare(other.label));
  const front = textInFront();
  if (front && session.of(front)) {
    const name = label(vscode.workspace.asRelativePath(front));
    items.unshift({ uri: front, label: name, description: vscode.l10n.t("the file in front") });
  }
  const [only] = items;
  if (!only) {
    const create = vscode.l10n.t("New Specification");
    const message = vscode.l10n.t(
      "There is no specification in this workspace yet: no *.spec.md, and none of Spec Kit, Kiro, Task Master or OpenSpec.",
    );
    if ((await say("information", message, create)) === create) {
      await vscode.commands.executeCommand("planwright.newSpec");
    }
    return undefined;
  }
  if (items.length === 1 && only.uri !== front) return only.uri;
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t("Which specification?"),
  });
  return picked?.uri;
}

/** A text in the active editor that may be a spec, although nothing says so: whoever means it chooses it. */
function textInFront(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.scheme === "file" && /^(?:markdown|plaintext|json|jsonc)$/.test(document.languageId)
    ? document.uri
    : undefined;
}
