import type * as vscode from "vscode";
import { Uri } from "./values.ts";

/** As much of a context as the extension looks at. It remembers nothing. */
export function extensionContext(): vscode.ExtensionContext {
  const given: unknown = {
    subscriptions: [],
    extensionUri: Uri.file("/extension"),
    extensionMode: 1,
    workspaceState: { get: () => undefined, update: async () => {} },
  };
  if (!isContext(given)) throw new Error("no context");
  return given;
}

function isContext(value: unknown): value is vscode.ExtensionContext {
  return typeof value === "object" && value !== null && "subscriptions" in value;
}
