import * as vscode from "vscode";
import { budgetStatusOf, type BudgetStatusText } from "./budget-status-text.ts";
import type { Session } from "./session.ts";
import { textOnly } from "./status-bar.ts";

/** The limit that is used up most, in the status bar: while something goes on, and as long as a limit is nearly or wholly used up. */
export class BudgetStatus implements vscode.Disposable {
  readonly #session: Session;
  readonly #item: vscode.StatusBarItem;
  readonly #subscription: vscode.Disposable;
  #shown = "";

  constructor(session: Session) {
    this.#session = session;
    this.#item = vscode.window.createStatusBarItem("planwright.budget", vscode.StatusBarAlignment.Left, 9);
    this.#item.name = vscode.l10n.t("Planwright: Budget");
    this.#item.command = "planwright.budget";
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
    const status = budgetStatusOf(
      this.#session.folders.map(({ model }) => model.view),
      vscode.l10n,
    );
    // Writing the same again would make the tooltip under the pointer blink.
    const shown = JSON.stringify(status);
    if (shown === this.#shown) return;
    this.#shown = shown;
    if (status === null) this.#item.hide();
    else this.#show(status);
  }

  #show({ text, tooltip, spoken, level }: BudgetStatusText): void {
    this.#item.text = text;
    this.#item.tooltip = textOnly(tooltip);
    this.#item.accessibilityInformation = { label: spoken };
    this.#item.backgroundColor = level === "below" ? undefined : new vscode.ThemeColor(BACKGROUNDS[level]);
    this.#item.show();
  }
}

const BACKGROUNDS = {
  threshold: "statusBarItem.warningBackground",
  limit: "statusBarItem.errorBackground",
} as const;
