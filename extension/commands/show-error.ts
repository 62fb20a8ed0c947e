import path from "node:path";
import * as vscode from "vscode";
import type { Failure } from "../../schemas/failure.ts";
import { failureOf } from "../failure-of.ts";
import type { Parts } from "../parts.ts";
import { sentence } from "../plain-text.ts";
import { say } from "../say.ts";
import { readSettings } from "../settings.ts";

interface Help {
  readonly title: string;
  readonly act: () => Thenable<unknown>;
}

/** Messages that stand on the screen: the same thing is not said twice at once. */
const standing = new Set<string>();

/**
 * Says what went wrong, with one thing that helps. An expected failure speaks for itself; a bug goes to the output channel with its
 * stack. Resolves when the message has gone, so callers that have more to do must not wait.
 */
export async function showError(parts: Parts, error: unknown): Promise<void> {
  const failure = failureOf(error);
  if (failure === null) parts.output.error(error instanceof Error ? error : String(error));
  else parts.output.warn(`${failure.code}: ${failure.message}`);
  const message =
    failure === null
      ? vscode.l10n.t(
          "Planwright made a mistake of its own: {0}",
          error instanceof Error ? error.message : String(error),
        )
      : capital(failure.message);
  const text = sentence(message);
  if (standing.has(text)) return;
  standing.add(text);
  try {
    const help = helpFor(parts, failure);
    const chosen = await say("error", text, help.title);
    if (chosen === help.title) await help.act();
  } finally {
    standing.delete(text);
  }
}

function helpFor(parts: Parts, failure: Failure | null): Help {
  const place = failure?.place;
  const file = place && fileOf(parts, place.file);
  if (file) {
    const position = new vscode.Position(Math.max((place.line ?? 1) - 1, 0), Math.max((place.column ?? 1) - 1, 0));
    return {
      title: vscode.l10n.t("Show the Place"),
      act: () => vscode.window.showTextDocument(file, { selection: new vscode.Range(position, position) }),
    };
  }
  if (failure?.code === "worker_unavailable" && readSettings(undefined).workerProgram !== null) {
    return {
      title: vscode.l10n.t("Open the Setting"),
      act: () => vscode.commands.executeCommand("workbench.action.openSettings", "planwright.worker.program"),
    };
  }
  if (failure !== null && /^(?:worker_|database_|version_)/.test(failure.code)) {
    return {
      title: vscode.l10n.t("Check Health"),
      act: () => vscode.commands.executeCommand("planwright.doctor"),
    };
  }
  return {
    title: vscode.l10n.t("Show Output"),
    act: () => vscode.commands.executeCommand("planwright.showOutput"),
  };
}

/** The place of a failure is relative to its folder, or absolute and inside one. */
function fileOf({ session }: Parts, file: string): vscode.Uri | undefined {
  const uri = vscode.Uri.file(file);
  if (path.isAbsolute(file)) return session.of(uri) && uri;
  const [first, ...others] = session.folders;
  return first && others.length === 0 ? vscode.Uri.joinPath(first.folder.uri, file) : undefined;
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
