import path from "node:path";
import * as vscode from "vscode";
import { VERSION } from "../schemas/version.ts";
import { registerCommands } from "./commands/register.ts";
import { ContextKeys } from "./context-keys.ts";
import { registerLanguage } from "./language.ts";
import { registerLanguageModels } from "./language-models/register.ts";
import { registerOngoing } from "./ongoing.ts";
import { registerLogView } from "./panels/log-view.ts";
import { registerPlanPanels } from "./panels/plan-panel.ts";
import type { Parts } from "./parts.ts";
import { Session } from "./session.ts";
import { SpecFiles } from "./spec-files.ts";
import { registerTrees } from "./trees/register.ts";

let active: Session | null = null;

/**
 * VS Code calls it once, when the extension is needed for the first time. It registers what people can see and touch, and nothing
 * heavy: whatever needs the worker, its protocol or a check of data is loaded when it is used for the first time.
 */
export function activate(context: vscode.ExtensionContext): void {
  const output = vscode.window.createOutputChannel("Planwright", { log: true });
  const session = new Session({
    output,
    version: VERSION,
    workerEntry: path.join(import.meta.dirname, "worker.mjs"),
    isDebugged: context.extensionMode === vscode.ExtensionMode.Development,
  });
  active = session;
  const specs = new SpecFiles(session, context.workspaceState);
  const parts: Parts = { session, specs, output, context };
  context.subscriptions.push(
    output,
    specs,
    new ContextKeys(session),
    registerCommands(parts),
    registerPlanPanels(parts),
    registerOngoing(parts),
    registerTrees(parts),
    registerLogView(parts),
    registerLanguage(parts),
    registerLanguageModels(parts),
    vscode.workspace.registerTextDocumentContentProvider("planwright-result", {
      // Loaded when a document is asked for; as RESULT_SCHEME there.
      provideTextDocumentContent: async (uri) => (await import("./panels/result-document.ts")).resultText(parts, uri),
    }),
  );
}

/** Lets go of the workers, which go on with what they do. */
export async function deactivate(): Promise<void> {
  const session = active;
  active = null;
  await session?.dispose();
}
