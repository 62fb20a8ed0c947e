import type * as vscode from "vscode";
import type { Session } from "./session.ts";
import type { SpecFiles } from "./spec-files.ts";

/** What each part of the extension is given when it is registered. */
export interface Parts {
  readonly session: Session;
  readonly specs: SpecFiles;
  readonly output: vscode.LogOutputChannel;
  readonly context: vscode.ExtensionContext;
}
