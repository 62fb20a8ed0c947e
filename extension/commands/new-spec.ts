import { randomUUID } from "node:crypto";
import * as vscode from "vscode";
import { TEMPLATE_DIALECTS } from "../../schemas/dialect-names.ts";
import type { Parts } from "../parts.ts";
import type { FolderSession } from "../session.ts";
import { dialectWords } from "./dialect-words.ts";
import { fileIn } from "../folder-file.ts";
import { folderFor } from "./folder-for.ts";
import { workspacePath } from "./spec-of.ts";
import { namedIn } from "./target.ts";

const LONGEST = 80;

/** `planwright.newSpec`: a small specification in the dialect that the person likes, to be changed into their own. */
export async function newSpec(parts: Parts, args: readonly unknown[]): Promise<void> {
  const title = vscode.l10n.t("New Specification");
  const place = await placeFor(parts, args, title);
  if (!place) return;
  const items = TEMPLATE_DIALECTS.map((dialect) => {
    const { name, detail } = dialectWords(dialect);
    return { dialect, label: name, detail };
  });
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t("How do you like to write it?"),
    matchOnDetail: true,
  });
  if (!picked) return;
  const { dialect } = picked;
  const typed = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t("What is it about? This becomes the name of the file."),
    value: "first",
    validateInput: (text) => (isName(text) ? null : vscode.l10n.t("Letters, digits, spaces, dots and dashes")),
  });
  if (typed === undefined || !isName(typed)) return;
  const name = typed.trim().replace(/\.spec\.md$|\.md$/i, "");
  const { session, folder } = place;
  const made = await session.link.call("spec.create", { dialect, name, folder, commandId: randomUUID() });
  const uri = fileIn(session.folder, made.path);
  if (uri) await vscode.window.showTextDocument(uri, { preview: false });
}

/** What can be part of the name of a file. */
export function isName(text: string): boolean {
  const base = text.trim().replace(/\.spec\.md$|\.md$/i, "");
  return /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u.test(base) && base.length <= LONGEST;
}

interface Place {
  readonly session: FolderSession;
  /** Inside the workspace folder; null: itself. */
  readonly folder: string | null;
}

/** The folder that was clicked in the explorer, the only one of the workspace, or the one that the person picks. */
async function placeFor(parts: Parts, args: readonly unknown[], title: string): Promise<Place | undefined> {
  const { uri, folder } = namedIn(args, ["folder"]);
  const clicked = uri && parts.session.of(uri);
  if (uri && clicked) {
    const { type } = await vscode.workspace.fs.stat(uri);
    const at = type === vscode.FileType.Directory ? uri : vscode.Uri.joinPath(uri, "..");
    const inside = workspacePath(clicked, at);
    return { session: clicked, folder: inside === "" ? null : inside };
  }
  const session = folder === undefined ? await folderFor(parts, title) : parts.session.byFolderUri(folder);
  return session && { session, folder: null };
}
