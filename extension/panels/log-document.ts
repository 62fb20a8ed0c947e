import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import * as vscode from "vscode";
import { failureOf } from "../failure-of.ts";
import type { FolderSession } from "../session.ts";
import { logPieces, LogTail, type LogReading, type LogTarget } from "./log-text.ts";
import { say } from "../say.ts";

export const LOG_SCHEME = "planwright-log";
/** Characters of a log that an editor gets: VS Code treats larger documents as ones that extensions do not see. */
const DOCUMENT_CHARACTERS = 50_000_000;

/** Where the log of an execution or step stands as a document that is nowhere on the disk. */
export function logUri({ folder, executionId, stepId }: LogTarget): vscode.Uri {
  const name = stepId === null ? executionId : `${executionId} ${stepId.replace(/[^\p{L}\p{N}._-]+/gu, "-")}`;
  return vscode.Uri.from({
    scheme: LOG_SCHEME,
    path: `/${name}.log`,
    query: JSON.stringify({ folder, executionId, stepId }),
  });
}

export function targetOf(uri: vscode.Uri): LogTarget | null {
  try {
    const value: unknown = JSON.parse(uri.query);
    if (typeof value !== "object" || value === null) return null;
    const folder: unknown = Reflect.get(value, "folder");
    const executionId: unknown = Reflect.get(value, "executionId");
    const stepId: unknown = Reflect.get(value, "stepId");
    if (typeof folder !== "string" || typeof executionId !== "string") return null;
    return { folder, executionId, stepId: typeof stepId === "string" ? stepId : null };
  } catch {
    return null;
  }
}

/** The text of a log document; of a very long log the end, with a first line that says so. Words where it cannot be read. */
export async function logDocument(
  session: FolderSession,
  target: LogTarget,
  token: vscode.CancellationToken,
): Promise<string> {
  const tail = new LogTail(DOCUMENT_CHARACTERS);
  try {
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t("Reading the log…") },
      async () => {
        const read = await readingOf(session);
        for await (const piece of logPieces(read, target, "text", signalOf(token))) tail.add(piece);
      },
    );
  } catch (error) {
    const reason = failureOf(error)?.message ?? String(error);
    return vscode.l10n.t("The log could not be read: {0}", reason);
  }
  if (tail.left === 0) return tail.text();
  const left = vscode.l10n.t("… {0} earlier lines are left out here. Export the log to get all of it.", tail.left);
  return `${left}\n${tail.text()}`;
}

/** Asks where to, and writes the whole log there, page by page. A file of that name stays as it is until everything is written. */
export async function saveLog(session: FolderSession, target: LogTarget): Promise<void> {
  const uri = await vscode.window.showSaveDialog({
    title: vscode.l10n.t("Export Log"),
    saveLabel: vscode.l10n.t("Export"),
    defaultUri: vscode.Uri.joinPath(session.folder.uri, path.posix.basename(logUri(target).path)),
    filters: { [vscode.l10n.t("Text")]: ["log", "txt"], [vscode.l10n.t("JSON Lines")]: ["jsonl"] },
  });
  if (uri === undefined) return;
  if (uri.scheme !== "file") {
    await say("error", vscode.l10n.t("A log can only be exported to a disk of the machine that runs it."));
    return;
  }
  const file = uri.fsPath;
  const part = `${file}.part`;
  try {
    const lines = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t("Exporting the log"), cancellable: true },
      (progress, token) => writeLog(session, target, part, { progress, token }),
    );
    await rename(part, file);
    await offerToOpen(uri, lines);
  } catch (error) {
    await rm(part, { force: true });
    if (error instanceof Error && error.name === "AbortError") return;
    const reason = failureOf(error)?.message ?? String(error);
    await say("error", vscode.l10n.t("The log could not be exported: {0}", reason));
  }
}

interface Watching {
  readonly progress: vscode.Progress<{ message: string }>;
  readonly token: vscode.CancellationToken;
}

/** Returns the number of lines. */
async function writeLog(
  session: FolderSession,
  target: LogTarget,
  file: string,
  { progress, token }: Watching,
): Promise<number> {
  const read = await readingOf(session);
  const signal = signalOf(token);
  let lines = 0;
  async function* texts(): AsyncGenerator<string> {
    const format = file.endsWith(".jsonl.part") ? "jsonl" : "text";
    for await (const piece of logPieces(read, target, format, signal)) {
      lines += piece.lines;
      progress.report({ message: vscode.l10n.t("{0} lines", lines) });
      yield piece.text;
    }
  }
  await pipeline(Readable.from(texts()), createWriteStream(file), { signal });
  return lines;
}

async function readingOf({ link }: FolderSession): Promise<LogReading> {
  const client = await link.connect();
  return (params) => client.call("log.query", params);
}

async function offerToOpen(uri: vscode.Uri, lines: number): Promise<void> {
  const open = vscode.l10n.t("Open");
  const name = path.basename(uri.fsPath);
  const said = vscode.l10n.t("{0} lines were written to {1}.", lines, name);
  if ((await say("information", said, open)) === open) {
    await vscode.commands.executeCommand("vscode.open", uri);
  }
}

function signalOf(token: vscode.CancellationToken): AbortSignal {
  const stop = new AbortController();
  if (token.isCancellationRequested) stop.abort();
  token.onCancellationRequested(() => {
    stop.abort();
  });
  return stop.signal;
}
