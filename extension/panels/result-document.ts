import * as vscode from "vscode";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";

/** As in the name of the provider's registration. */
export const RESULT_SCHEME = "planwright-result";

/** A file of the result of an execution, as it was at its beginning or as it is now. */
export interface ResultFile {
  /** URI of the workspace folder. */
  readonly folder: string;
  readonly executionId: string;
  /** In the repository, with `/`. */
  readonly path: string;
  readonly side: "base" | "tip";
}

/** Where it stands as a document that is nowhere on the disk. Its name chooses the language. */
export function resultUri({ path, ...rest }: ResultFile): vscode.Uri {
  return vscode.Uri.from({ scheme: RESULT_SCHEME, path: `/${path}`, query: JSON.stringify(rest) });
}

function fileOf(uri: vscode.Uri): ResultFile | null {
  try {
    const value: unknown = JSON.parse(uri.query);
    if (typeof value !== "object" || value === null) return null;
    const folder: unknown = Reflect.get(value, "folder");
    const executionId: unknown = Reflect.get(value, "executionId");
    const side: unknown = Reflect.get(value, "side");
    if (typeof folder !== "string" || typeof executionId !== "string") return null;
    return { folder, executionId, path: uri.path.slice(1), side: side === "base" ? "base" : "tip" };
  } catch {
    return null;
  }
}

/** The text of such a document. What cannot be shown as text is told in words. */
export async function resultText(parts: Parts, uri: vscode.Uri): Promise<string> {
  const file = fileOf(uri);
  const session = file === null ? undefined : parts.session.byFolderUri(file.folder);
  if (file === null || session === undefined)
    return vscode.l10n.t("The folder of this result is not open in this window.");
  const { executionId, path, side } = file;
  try {
    const { text, bytes } = await session.link.call("execution.resultFile", { executionId, path, side });
    if (bytes === null) return "";
    return text ?? vscode.l10n.t("{0} bytes that are not shown as text", bytes);
  } catch (error) {
    return vscode.l10n.t("The file could not be read: {0}", failureOf(error)?.message ?? String(error));
  }
}
