import * as vscode from "vscode";
import type { Session } from "./session.ts";

/** The thin line above the executions while one of them runs. */
export class ViewProgress implements vscode.Disposable {
  readonly #session: Session;
  readonly #subscription: vscode.Disposable;
  #end: (() => void) | null = null;

  constructor(session: Session) {
    this.#session = session;
    this.#subscription = session.onDidChange(() => {
      this.#update();
    });
    this.#update();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#stop();
  }

  #update(): void {
    const runs = this.#session.folders.some(
      ({ model, link }) =>
        link.state.kind === "connected" &&
        model.view?.progress.some(({ status }) => status === "running" || status === "cancelling"),
    );
    if (!runs) this.#stop();
    else if (this.#end === null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#end = resolve;
      vscode.window
        .withProgress({ location: { viewId: "planwright.executions" } }, () => promise)
        .then(undefined, resolve);
    }
  }

  #stop(): void {
    this.#end?.();
    this.#end = null;
  }
}
