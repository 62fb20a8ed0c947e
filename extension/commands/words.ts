import * as vscode from "vscode";
import type { DecisionChoice } from "../../schemas/decision.ts";
import type { ExecutionStatus, StepStatus } from "../../schemas/execution.ts";

/** Words and icons of states for quick picks. A state of a newer worker shows its own name. */
export function executionWord(status: ExecutionStatus): string {
  const words: Record<ExecutionStatus, string> = {
    running: vscode.l10n.t("running"),
    paused: vscode.l10n.t("paused"),
    waiting: vscode.l10n.t("waits for you"),
    cancelling: vscode.l10n.t("cancelling"),
    completed: vscode.l10n.t("completed"),
    failed: vscode.l10n.t("failed"),
    cancelled: vscode.l10n.t("cancelled"),
    interrupted: vscode.l10n.t("interrupted"),
  };
  return words[status] ?? status;
}

export function stepWord(status: StepStatus): string {
  const words: Record<StepStatus, string> = {
    pending: vscode.l10n.t("not begun"),
    ready: vscode.l10n.t("waits for a place"),
    running: vscode.l10n.t("running"),
    waiting: vscode.l10n.t("waits"),
    completed: vscode.l10n.t("completed"),
    failed: vscode.l10n.t("failed"),
    skipped: vscode.l10n.t("skipped"),
    cancelled: vscode.l10n.t("cancelled"),
  };
  return words[status] ?? status;
}

const ICONS: Readonly<Record<ExecutionStatus | StepStatus, string>> = {
  pending: "circle-outline",
  ready: "clock",
  running: "sync",
  waiting: "warning",
  paused: "debug-pause",
  cancelling: "circle-slash",
  completed: "pass",
  failed: "error",
  skipped: "debug-step-over",
  cancelled: "circle-slash",
  interrupted: "debug-disconnect",
};

export function stateIcon(status: ExecutionStatus | StepStatus): vscode.ThemeIcon {
  return new vscode.ThemeIcon(ICONS[status] ?? "question");
}

/** What a choice does, in a word for a button or a line of a list and in a sentence that explains it. */
export function choiceWords(choice: DecisionChoice): { readonly title: string; readonly detail: string } {
  const words: Record<DecisionChoice, { readonly title: string; readonly detail: string }> = {
    retry: { title: vscode.l10n.t("Try Again"), detail: vscode.l10n.t("Runs the step again.") },
    skip: { title: vscode.l10n.t("Go On Without It"), detail: vscode.l10n.t("Leaves the step out.") },
    allow: { title: vscode.l10n.t("Raise the Limit"), detail: vscode.l10n.t("Allows this execution to cost more.") },
    abort: { title: vscode.l10n.t("Stop the Execution"), detail: vscode.l10n.t("Nothing more is started.") },
  };
  return words[choice] ?? { title: choice, detail: "" };
}
