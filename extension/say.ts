import * as vscode from "vscode";
import { plain, sentence } from "./plain-text.ts";

/**
 * The only ways to a message on the screen (a test sees to that). VS Code makes links of `[text](command:id)` in messages and runs
 * them when they are clicked, and texts of specs, agents and file names go into messages. Both resolve with the action that the
 * person chose.
 */
export function say(
  kind: "information" | "warning" | "error",
  text: string,
  ...actions: readonly string[]
): Thenable<string | undefined> {
  const shown = sentence(text);
  switch (kind) {
    case "information":
      return vscode.window.showInformationMessage(shown, ...actions);
    case "warning":
      return vscode.window.showWarningMessage(shown, ...actions);
    case "error":
      return vscode.window.showErrorMessage(shown, ...actions);
  }
}

/** A question that has to be answered before anything else. The details may have several lines. */
export function ask(question: string, detail: string, ...actions: readonly string[]): Thenable<string | undefined> {
  return vscode.window.showInformationMessage(plain(question), { modal: true, detail }, ...actions);
}
