import { access } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";

/** The record of a folder, beside which its worker keeps everything else. */
export const RECORD = ".planwright/planwright.db";

/** Whether something was ever planned in a folder. */
export function hasRecord(folder: vscode.WorkspaceFolder): Promise<boolean> {
  return access(path.join(folder.uri.fsPath, RECORD)).then(
    () => true,
    () => false,
  );
}

/** A file of the folder by its path in it; null for one that lies outside, whoever wrote the path. */
export function fileIn(folder: vscode.WorkspaceFolder, file: string): vscode.Uri | null {
  const full = path.resolve(folder.uri.fsPath, file);
  const inside = path.relative(folder.uri.fsPath, full);
  const isOutside = inside === ".." || inside.startsWith(`..${path.sep}`) || path.isAbsolute(inside);
  return isOutside ? null : vscode.Uri.file(full);
}
