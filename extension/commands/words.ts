import * as vscode from "vscode";
import type { DecisionChoice } from "../../schemas/decision.ts";
import type { StateLook } from "../trees/state-look.ts";

/** The icon of a state; its colour only adds to it. */
export function stateIcon({ icon }: StateLook): vscode.ThemeIcon {
  return new vscode.ThemeIcon(icon.id, icon.color === null ? undefined : new vscode.ThemeColor(icon.color));
}

/** What a choice does, in a word for a button or a line of a list and in a sentence that explains it. */
export function choiceWords(choice: DecisionChoice): { readonly title: string; readonly detail: string } {
  const words: Record<DecisionChoice, { readonly title: string; readonly detail: string }> = {
    retry: { title: vscode.l10n.t("Retry"), detail: vscode.l10n.t("Runs the step again.") },
    skip: { title: vscode.l10n.t("Skip"), detail: vscode.l10n.t("Goes on without the step.") },
    allow: { title: vscode.l10n.t("Allow"), detail: vscode.l10n.t("Raises the limit of this execution.") },
    allow_once: { title: vscode.l10n.t("Allow Once"), detail: vscode.l10n.t("Lets the agent do this once.") },
    allow_session: {
      title: vscode.l10n.t("Allow in This Execution"),
      detail: vscode.l10n.t("Lets the agent do this until the execution ends."),
    },
    allow_always: {
      title: vscode.l10n.t("Always Allow"),
      detail: vscode.l10n.t("Always lets the agent do this in this workspace."),
    },
    reject: { title: vscode.l10n.t("Reject"), detail: vscode.l10n.t("Does not let the agent do this.") },
    abort: { title: vscode.l10n.t("Stop Execution"), detail: vscode.l10n.t("Nothing more is started.") },
  };
  return words[choice] ?? { title: choice, detail: "" };
}
