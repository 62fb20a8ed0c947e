import * as vscode from "vscode";
import type { Parts } from "../parts.ts";
import { label } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { namedIn } from "./target.ts";

/** The folder that a command was called for; without a word of it the only one, or the one that the person picks. */
export async function folderNamed(
  parts: Parts,
  args: readonly unknown[],
  title: string,
): Promise<FolderSession | undefined> {
  const { folder } = namedIn(args, []);
  return folder === undefined ? folderFor(parts, title) : parts.session.byFolderUri(folder);
}

/** The only folder, or the one that the person picks. */
export async function folderFor({ session }: Parts, title: string): Promise<FolderSession | undefined> {
  const [first, ...others] = session.folders;
  if (others.length === 0) return first;
  const items = session.folders.map((one) => ({ session: one, label: label(one.folder.name) }));
  const picked = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t("In which folder?"),
  });
  return picked?.session;
}
