import * as vscode from "vscode";
import type { Session } from "./session.ts";
import { statusOf, type Status } from "./status-text.ts";

/** The one item in the status bar. It is there only while something goes on or waits. */
export class StatusBar implements vscode.Disposable {
  readonly #session: Session;
  readonly #item: vscode.StatusBarItem;
  readonly #subscription: vscode.Disposable;
  #shown = "";

  constructor(session: Session) {
    this.#session = session;
    this.#item = vscode.window.createStatusBarItem("planwright.status", vscode.StatusBarAlignment.Left, 10);
    this.#item.name = "Planwright";
    this.#subscription = session.onDidChange(() => {
      this.#update();
    });
    this.#update();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #update(): void {
    const status = statusOf(
      this.#session.folders.map(({ folder, link, model }) => ({
        folder: folder.uri.toString(),
        link: link.state,
        view: model.view,
      })),
      vscode.l10n,
    );
    // Writing the same again would make the tooltip under the pointer blink.
    const shown = JSON.stringify(status);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (status === null) this.#item.hide();
    else this.#show(status);
  }

  #show({ text, tooltip, spoken, command, argument }: Status): void {
    this.#item.text = text;
    this.#item.tooltip = textOnly(tooltip);
    this.#item.accessibilityInformation = { label: spoken };
    this.#item.command = { title: spoken, command, ...(argument === undefined ? {} : { arguments: [argument] }) };
    this.#item.show();
  }
}

/** Titles and messages as they are: no link, no icon, no picture comes out of them. */
export function textOnly(lines: readonly string[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString("", false);
  for (const [index, line] of lines.entries()) {
    if (index > 0) markdown.appendMarkdown("\n\n");
    markdown.appendText(line);
  }
  return markdown;
}
