import * as vscode from "vscode";
import { DIALECT_NAMES } from "../../schemas/dialect-names.ts";
import type { Dialect } from "../../schemas/spec.ts";

/** What a dialect is called, with a line for whoever chooses one. */
export function dialectWords(dialect: Dialect): { readonly name: string; readonly detail: string } {
  const details: Record<Dialect, string> = {
    spec: vscode.l10n.t("Tasks with commands, agents, costs and checks, in a file of their own: NAME.spec.md"),
    speckit: vscode.l10n.t("Tasks T001, T002, … in phases, with user stories: specs/001-name/tasks.md"),
    kiro: vscode.l10n.t("Numbered tasks with requirements beside them: .kiro/specs/name/tasks.md"),
    "kiro-requirements": vscode.l10n.t("Requirements with acceptance criteria, to which tasks refer"),
    taskmaster: vscode.l10n.t("Tasks with dependencies and subtasks in JSON: .taskmaster/tasks/tasks.json"),
    openspec: vscode.l10n.t("The tasks of a proposed change: openspec/changes/name/tasks.md"),
    checklist: vscode.l10n.t("A list of boxes, nested as you like: TODO.md"),
    prose: vscode.l10n.t("Words alone: the text as a whole is what is to be done"),
  };
  return { name: DIALECT_NAMES[dialect], detail: details[dialect] };
}
