import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { FrameLocator, Locator, Page } from "playwright-core";

const SHOTS = fileURLToPath(new URL("../../../dist/screenshots", import.meta.url));
const LIMIT_MS = 20_000;
const PATIENCE_MS = 4_000;
const OWN_WEBVIEW = 'iframe.webview.ready[src*="extensionId=planwright.planwright"]';

/** A window of the workbench, in the words of the person before it. */
export class EditorWindow {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(LIMIT_MS);
  }

  /** Resolves when the workbench is there and its extensions have been read. */
  async ready(): Promise<this> {
    await this.page.locator(".monaco-workbench").waitFor({ timeout: 60_000 });
    await this.page.locator(".part.statusbar .statusbar-item").first().waitFor({ timeout: 60_000 });
    return this;
  }

  /** "Reload Window". */
  async reload(): Promise<void> {
    const gone = this.page.waitForEvent("framenavigated", (one) => one === this.page.mainFrame());
    await this.runCommand("Developer: Reload Window");
    await gone;
    await this.ready();
  }

  async close(): Promise<void> {
    await this.page.close();
  }

  /** Opens a file of the workspace by its name (Go to File). Resolves when one can type into it: commands then mean this file. */
  async openFile(name: string): Promise<void> {
    const entry = this.#openQuickInput.locator(".monaco-list-row").filter({ hasText: name, visible: true }).first();
    await this.#typeIntoQuickInput("Control+p", name, entry);
    await this.page.locator(".tabs-container .tab.active").filter({ hasText: name }).waitFor();
    await this.page.locator(".editor-instance .monaco-editor.focused .view-line").first().waitFor();
  }

  /**
   * Opens a file by a double click in the Explorer: Go to File may find nothing for a minute in a window of several folders, on a busy
   * machine.
   */
  async openFromExplorer(name: string): Promise<void> {
    const entry = this.page.locator(".explorer-folders-view").getByRole("treeitem").filter({ hasText: name }).first();
    await entry.waitFor().catch(async () => {
      // Sometimes such a window never learns what its folders hold; a person reloads it then.
      await this.page.reload();
      await this.ready();
    });
    await entry.dblclick();
    await this.page.locator(".tabs-container .tab.active").filter({ hasText: name }).waitFor();
    await this.page.locator(".editor-instance .monaco-editor.focused .view-line").first().waitFor();
  }

  /** Looks for a file of the workspace by its name and leaves it to the caller to open the entry. */
  async findFile(name: string): Promise<Locator> {
    const entry = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first();
    await this.page.keyboard.press("Control+p");
    await this.quickInput.locator("input").fill(name);
    await entry.waitFor();
    return entry;
  }

  /** Runs a command by its title in the palette. */
  async runCommand(title: string): Promise<void> {
    const entry = this.#openQuickInput.getByRole("option", { name: title }).first();
    await this.#typeIntoQuickInput("F1", `>${title}`, entry);
  }

  /** Runs a command that asks for something: the question is on the screen then. */
  async runAskingCommand(title: string): Promise<void> {
    const entry = this.page.getByRole("option", { name: title }).first();
    await this.#chooseInQuickInput("F1", `>${title}`, entry);
    await entry.waitFor({ state: "detached" });
    await this.quickInput.waitFor();
  }

  /** Whether the palette offers a command. */
  async offersCommand(title: string): Promise<boolean> {
    await this.page.keyboard.press("F1");
    await this.quickInput.locator("input").fill(`>${title}`);
    await this.page.locator(".quick-input-list .monaco-list-row").first().waitFor();
    const found = await this.page.getByRole("option", { name: title }).count();
    await this.page.keyboard.press("Escape");
    return found > 0;
  }

  /** Plans the spec that is open, reads what would run, and approves it. */
  async approveAndExecute(): Promise<void> {
    await this.runCommand("Planwright: Plan");
    // Not its tab: that is called "Plan" for a moment only, until the page knows the title of the plan.
    await this.planPage.getByText("not approved yet").waitFor();
    await this.runCommand("Planwright: Approve Plan…");
    await this.answerDialog("Approve and Execute");
  }

  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget");
  }

  /** Without one that is fading away: what is chosen there is lost. */
  get #openQuickInput(): Locator {
    return this.page.locator(".quick-input-widget:not(.quick-input-widget-closing)");
  }

  /** Chooses an entry of the quick pick that is open. */
  async pick(label: string | RegExp): Promise<void> {
    const entry = this.quickInput.getByRole("option", { name: label }).first();
    await entry.waitFor();
    await entry.click();
  }

  /** A tab of the editor area. */
  tab(title: string | RegExp): Locator {
    return this.page.locator(".tabs-container .tab").filter({ hasText: title }).first();
  }

  /** The text of the open editor, as far as it is on the screen. */
  get editorText(): Locator {
    return this.page.locator(".editor-instance .view-lines").first();
  }

  codeLens(text: string | RegExp): Locator {
    return this.page.locator(".codelens-decoration a").filter({ hasText: text }).first();
  }

  /** Shows a view container of the activity bar or the panel. */
  async show(title: string): Promise<void> {
    const tab = this.page.locator(".composite-bar").getByRole("tab", { name: title }).first();
    if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
  }

  /** A view by its title; a part of the side bar or the panel. */
  view(title: string | RegExp): Locator {
    return this.page.locator(".pane").filter({ has: this.page.locator(".pane-header .title", { hasText: title }) });
  }

  /** A row of a tree. */
  row(view: string | RegExp, text: string | RegExp): Locator {
    return this.view(view).getByRole("treeitem").filter({ hasText: text }).first();
  }

  /** An action of the row's toolbar; it shows while the pointer is over the row. */
  async rowAction(row: Locator, label: string | RegExp): Promise<void> {
    await row.hover();
    await row.getByRole("button", { name: label }).first().click();
  }

  /** The page of the plan panel that is in front. */
  get planPage(): FrameLocator {
    return this.webview("plan");
  }

  /** The page of the live log. */
  get logPage(): FrameLocator {
    return this.webview("log");
  }

  webview(page: "plan" | "log"): FrameLocator {
    return this.page.frameLocator(this.webviewSelector(page)).frameLocator("iframe#active-frame");
  }

  /** The outer frame of one of our pages. */
  webviewSelector(page: "plan" | "log"): string {
    return page === "log"
      ? `${OWN_WEBVIEW}[src*="purpose=webviewView"]`
      : `${OWN_WEBVIEW}:not([src*="purpose=webviewView"])`;
  }

  /** The badge of a view container in the activity bar; its label says what it counts. */
  badge(container: string): Locator {
    return this.page
      .locator(".composite-bar li")
      .filter({ has: this.page.locator(`[aria-label^="${container}"]`) })
      .locator(".badge-content");
  }

  /** Opens a row of a tree, if it is closed. */
  async expand(row: Locator): Promise<void> {
    if ((await row.getAttribute("aria-expanded")) === "true") return;
    await row.locator(".monaco-tl-twistie").click();
  }

  /** What takes the focus closes a menu, as it does for a person: then once more. */
  async chooseInContextMenu(target: Locator, label: string): Promise<void> {
    const entry = this.page.locator(".monaco-menu").getByText(label);
    for (let attempt = 1; ; attempt++) {
      await target.click({ button: "right" });
      try {
        await entry.click({ timeout: PATIENCE_MS * attempt });
        // A menu that has only just opened takes a click for the end of the one that opened it, and stays.
        await entry.waitFor({ state: "hidden", timeout: PATIENCE_MS });
        return;
      } catch (error) {
        if (attempt === 3) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** A notification that is on the screen. */
  notification(text: string | RegExp): Locator {
    return this.page.locator(".notification-toast").filter({ hasText: text }).first();
  }

  /** The messages of all notifications that are on the screen. */
  notifications(): Promise<string[]> {
    return this.page.locator(".notification-toast .notification-list-item-message").allInnerTexts();
  }

  /** The modal dialog. */
  get dialog(): Locator {
    return this.page.locator(".monaco-dialog-box");
  }

  async answerDialog(label: string | RegExp): Promise<void> {
    await this.dialog.getByRole("button", { name: label }).click();
    await this.dialog.waitFor({ state: "detached" });
  }

  statusBar(text: string | RegExp): Locator {
    return this.page.locator(".part.statusbar .statusbar-item").filter({ hasText: text }).first();
  }

  /** Keeps a picture of the window in dist/screenshots. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  async #typeIntoQuickInput(key: string, text: string, entry: Locator): Promise<void> {
    await this.#chooseInQuickInput(key, text, entry);
    await this.quickInput.waitFor({ state: "hidden" });
  }

  /** What opens in the meantime takes the focus away from what one types, as it does from a person: then once more. */
  async #chooseInQuickInput(key: string, text: string, entry: Locator): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      // Opening it anew begins its search anew: on a slow machine a search takes longer than the first patience.
      const timeout = PATIENCE_MS * attempt;
      try {
        await this.page.keyboard.press(key);
        await this.quickInput.locator("input").fill(text, { timeout });
        await entry.waitFor({ timeout });
        // By single events: between the press and the release of a real button the list may be filled anew, or be closed by what
        // takes the focus, and nothing is chosen. The press only tells that no key is held. With all patience: a click that is
        // given up may yet have done its work.
        await entry.dispatchEvent("mousedown");
        await entry.dispatchEvent("click");
        break;
      } catch (error) {
        if (attempt === 5) throw error;
        // A palette that was opened before the window knew its folder never learns of it.
        await this.page.keyboard.press("Escape");
      }
    }
  }
}
