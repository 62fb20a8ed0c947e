import * as vscode from "vscode";
import type { WorkspaceView } from "../schemas/operations/subscription.ts";
import type { FolderLink, LinkState } from "./link/folder-link.ts";

/**
 * What is going on in one folder, as its worker tells it. Lists, badges, status and notifications read it and nothing else. The
 * newest view stays when the worker is lost: it is what was true then.
 */
export class WorkspaceModel implements vscode.Disposable {
  readonly #link: FolderLink;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #stops: (() => void)[];
  #view: WorkspaceView | null = null;
  /** Fires when the view or the state of the link is another. */
  readonly onDidChange = this.#changed.event;

  constructor(link: FolderLink) {
    this.#link = link;
    this.#stops = [
      link.onState(() => {
        this.#changed.fire();
      }),
      link.follow({ kind: "workspace" }, (batch) => {
        if (batch.kind !== "workspace") return;
        this.#view = batch.workspace;
        this.#changed.fire();
      }),
    ];
  }

  /** Null until the worker has told something. */
  get view(): WorkspaceView | null {
    return this.#view;
  }

  get link(): LinkState {
    return this.#link.state;
  }

  dispose(): void {
    for (const stop of this.#stops) stop();
    this.#changed.dispose();
  }
}
