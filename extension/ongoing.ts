import * as vscode from "vscode";
import type { Parts } from "./parts.ts";

/**
 * Status and notifications: loaded when a worker tells something for the first time, because most windows never need
 * them.
 */
export function registerOngoing(parts: Parts): vscode.Disposable {
  let isDisposed = false;
  let loading: Promise<void> | null = null;
  let shown: vscode.Disposable | null = null;
  const { session } = parts;
  const load = async (): Promise<void> => {
    const [{ StatusBar }, { BudgetStatus }, { Notifier }] = await Promise.all([
      import("./status-bar.ts"),
      import("./budget-status.ts"),
      import("./notifier.ts"),
    ]);
    if (isDisposed) return;
    shown = vscode.Disposable.from(new StatusBar(session), new BudgetStatus(session), new Notifier(parts));
  };
  const look = (): void => {
    if (!session.folders.some(({ model, link }) => model.view !== null || link.state.kind === "lost")) return;
    subscription.dispose();
    loading ??= load().catch((error: unknown) => {
      parts.output.error(error instanceof Error ? error : String(error));
    });
  };
  const subscription = session.onDidChange(look);
  return {
    dispose: () => {
      isDisposed = true;
      subscription.dispose();
      shown?.dispose();
    },
  };
}
