import * as vscode from "vscode";

/** What the person may turn off. The keys are those of the setting `planwright.notifications`. */
export const NOTIFICATION_KINDS = ["finished", "failed", "waiting", "budget"] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];

export interface Settings {
  readonly notifications: Readonly<Record<NotificationKind, boolean>>;
  /** Whether boxes of the spec are ticked when their steps are done. */
  readonly writeBack: boolean;
  /** Globs of files that are specs although they lie at unusual places. */
  readonly specFiles: readonly string[];
  /** The program that runs the worker; null: the one that runs the extensions. */
  readonly workerProgram: string | null;
}

const MOST_GLOBS = 50;

/** The settings that hold for a folder or file. What a settings file has wrong counts as not set. */
export function readSettings(scope: vscode.Uri | undefined): Settings {
  const section = vscode.workspace.getConfiguration("planwright", scope ?? null);
  const shown: unknown = section.get("notifications");
  const writeBack: unknown = section.get("writeBack");
  const files: unknown = section.get("specFiles");
  const program: unknown = section.get("worker.program");
  const isOn = (kind: NotificationKind): boolean => fieldOf(shown, kind) !== false;
  return {
    notifications: {
      finished: isOn("finished"),
      failed: isOn("failed"),
      waiting: isOn("waiting"),
      budget: isOn("budget"),
    },
    writeBack: writeBack !== false,
    specFiles: Array.isArray(files) ? files.filter(isGlob).slice(0, MOST_GLOBS) : [],
    workerProgram: typeof program === "string" && program.trim() !== "" ? program.trim() : null,
  };
}

/** Turns one kind of notification off, for this person. */
export async function silence(kind: NotificationKind): Promise<void> {
  const section = vscode.workspace.getConfiguration("planwright");
  const kept: unknown = section.inspect("notifications")?.globalValue;
  const before = typeof kept === "object" && kept !== null ? kept : {};
  await section.update("notifications", { ...before, [kind]: false }, vscode.ConfigurationTarget.Global);
}

function isGlob(value: unknown): value is string {
  return typeof value === "string" && value.trim() !== "" && value.length <= 500;
}

function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
