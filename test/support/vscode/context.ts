import type * as vscode from "vscode";
import { CountedEvent } from "./editor.ts";
import { Uri } from "./values.ts";

/** Nothing is ever kept here. */
const secretsChanged = new CountedEvent<unknown>();

/** As much of a context as the extension looks at. It remembers nothing. */
export function extensionContext(): vscode.ExtensionContext {
  const given: unknown = {
    subscriptions: [],
    extensionUri: Uri.file("/extension"),
    extensionMode: 1,
    workspaceState: { get: () => undefined, update: async () => {} },
    globalState: { get: () => undefined, update: async () => {} },
    secrets: {
      get: async () => undefined,
      store: async () => {},
      delete: async () => {},
      onDidChange: secretsChanged.subscribe,
    },
  };
  if (!isContext(given)) throw new Error("no context");
  return given;
}

function isContext(value: unknown): value is vscode.ExtensionContext {
  return typeof value === "object" && value !== null && "subscriptions" in value;
}
