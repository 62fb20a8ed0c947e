import * as vscode from "vscode";
import type { FolderLink } from "./link/folder-link.ts";
import type { FolderSession, Session } from "./session.ts";

type LinkKind = FolderLink["state"]["kind"];

/** What concerns the person most comes first. */
const BY_WEIGHT: readonly LinkKind[] = ["lost", "connecting", "connected", "idle"];

/** What `when` clauses of menus, views and keys ask for. Each is told to VS Code only when it changes. */
export class ContextKeys implements vscode.Disposable {
  readonly #told = new Map<string, unknown>();
  readonly #session: Session;
  readonly #subscription: vscode.Disposable;

  constructor(session: Session) {
    this.#session = session;
    this.#subscription = session.onDidChange(() => {
      this.#tell();
    });
    this.#tell();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #tell(): void {
    const { folders } = this.#session;
    const kinds = new Set(folders.map(({ model }) => model.link.kind));
    this.#set("planwright.hasFolder", folders.length > 0);
    this.#set("planwright.hasRunning", folders.some(hasRunning));
    this.#set("planwright.linkState", BY_WEIGHT.find((kind) => kinds.has(kind)) ?? "idle");
  }

  #set(key: string, value: boolean | string): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    vscode.commands.executeCommand("setContext", key, value).then(undefined, () => {
      this.#told.delete(key);
    });
  }
}

function hasRunning({ model }: FolderSession): boolean {
  return (model.view?.progress.length ?? 0) > 0;
}
