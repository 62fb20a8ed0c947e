import * as vscode from "vscode";
import type { FromWebview, PlanPanelState, ToWebview } from "../../schemas/webview.ts";
import type { Parts } from "../parts.ts";
import { plain } from "../plain-text.ts";
import type { FolderSession } from "../session.ts";
import { readSettings } from "../settings.ts";
import { WebviewBridge } from "./bridge.ts";
import { messageHtml, pageHtml } from "./page.ts";
import { say } from "../say.ts";
import { fileIn } from "../folder-file.ts";
import { pageFolder } from "./page-folder.ts";

const VIEW_TYPE = "planwright.plan";
/** How soon a page looks again after files were written. */
const LOOK_AFTER_MS = 300;

/** One tab for each plan; showing it again brings the same tab to the front. */
const open = new Set<PlanPanel>();

/**
 * Shows a plan in the editor area, with an execution of it where one is named, at a step where one is named. Another plan of a spec
 * takes the place of one that was not executed.
 */
export function showPlanPanel(parts: Parts, state: PlanPanelState, specPath: string | null = null): void {
  const known =
    [...open].find((panel) => panel.isOf(state)) ?? [...open].find((panel) => panel.isDraftOf(state, specPath));
  if (known) {
    known.show(state);
    return;
  }
  const panel = vscode.window.createWebviewPanel(VIEW_TYPE, vscode.l10n.t("Plan"), vscode.ViewColumn.Active, {
    ...pageOptions(),
    enableFindWidget: true,
  });
  open.add(new PlanPanel(parts, panel, state));
}

/** Whether a person sees this execution in a panel now, so that nothing else needs to tell them of it. */
export function isExecutionShown(executionId: string): boolean {
  return [...open].some((panel) => panel.isShowing(executionId));
}

/** The plan in front of the person, where that is what they look at. */
export function planInFront(): Pick<PlanPanelState, "folder" | "planId"> | undefined {
  return [...open].find((panel) => panel.isActive)?.shown;
}

/** Brings the panels of the window back after a reload. Call it when the extension is activated. */
export function registerPlanPanels(parts: Parts): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      async deserializeWebviewPanel(panel, kept) {
        const schemas = await import("../../schemas/webview.ts");
        const state = schemas.PlanPanelState.safeParse(kept);
        if (!state.success) {
          panel.dispose();
          return;
        }
        panel.webview.options = pageOptions();
        open.add(new PlanPanel(parts, panel, state.data));
      },
    }),
    ...watchSpecs((uri) => {
      for (const panel of open) panel.onWritten(uri);
    }),
    {
      dispose: () => {
        for (const panel of [...open]) panel.close();
      },
    },
  );
}

/** Tells of specs that are saved here, or written by another program: an agent, git, another window. */
function watchSpecs(onWritten: (uri: vscode.Uri) => void): vscode.Disposable[] {
  const files = vscode.workspace.createFileSystemWatcher("**/{*.md,tasks.json}");
  return [
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      onWritten(uri);
    }),
    files,
    files.onDidChange(onWritten),
    files.onDidCreate(onWritten),
    files.onDidDelete(onWritten),
  ];
}

class PlanPanel {
  readonly #parts: Parts;
  readonly #panel: vscode.WebviewPanel;
  readonly #subscriptions: vscode.Disposable;
  #state: PlanPanelState;
  #bridge: WebviewBridge | null = null;
  /** Of the plan that is shown; null until the page has it. */
  #specPath: string | null = null;
  #look: ReturnType<typeof setTimeout> | null = null;

  constructor(parts: Parts, panel: vscode.WebviewPanel, state: PlanPanelState) {
    this.#parts = parts;
    this.#panel = panel;
    this.#state = state;
    this.#subscriptions = vscode.Disposable.from(
      panel.webview.onDidReceiveMessage((data: unknown) => this.#bridge?.receive(data)),
      panel.onDidDispose(() => {
        this.#forget();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("planwright.writeBack")) this.#tellShown();
      }),
      // After a reload the folders may come later than the panel: once the person trusts them.
      parts.session.onDidChangeFolders(() => {
        this.#connect();
      }),
    );
    panel.iconPath = vscode.Uri.joinPath(parts.context.extensionUri, "media", "icon.png");
    this.#connect();
  }

  isOf({ folder, planId, executionId }: PlanPanelState): boolean {
    if (folder !== this.#state.folder) return false;
    return planId === this.#state.planId || (executionId !== null && executionId === this.#state.executionId);
  }

  get isActive(): boolean {
    return this.#panel.active;
  }

  get shown(): PlanPanelState {
    return this.#state;
  }

  /** Whether it shows a plan of the spec that nobody has executed, while nothing of an execution is asked for. */
  isDraftOf({ folder, executionId }: PlanPanelState, specPath: string | null): boolean {
    if (specPath === null || specPath !== this.#specPath || folder !== this.#state.folder) return false;
    return executionId === null && this.#state.executionId === null;
  }

  isShowing(executionId: string): boolean {
    return this.#panel.visible && this.#state.executionId === executionId;
  }

  show(state: PlanPanelState): void {
    this.#state = state;
    this.#panel.reveal();
    this.#tellShown();
  }

  /** The spec may be what was written: the page looks whether its plan is still the plan of it. */
  onWritten(uri: vscode.Uri): void {
    if (this.#session === undefined || this.#parts.session.of(uri) !== this.#session) return;
    // One save is told twice, and an execution ticks many boxes.
    this.#look ??= setTimeout(() => {
      this.#look = null;
      this.#tellShown();
    }, LOOK_AFTER_MS);
  }

  close(): void {
    this.#panel.dispose();
  }

  get #session(): FolderSession | undefined {
    return this.#parts.session.byFolderUri(this.#state.folder);
  }

  #connect(): void {
    const session = this.#session;
    if (session === undefined) {
      const bridge = this.#bridge;
      this.#bridge = null;
      this.#panel.webview.html = messageHtml(notThere());
      if (bridge) this.#letGo(bridge);
      return;
    }
    if (this.#bridge) return;
    this.#bridge = new WebviewBridge({
      link: session.link,
      post: (message) => this.#panel.webview.postMessage(message),
      show: () => this.#shown(),
      onMessage: (message) => {
        this.#perform(session, message).catch((error: unknown) => {
          this.#parts.output.error(error instanceof Error ? error : String(error));
        });
      },
    });
    const { webview } = this.#panel;
    webview.html = pageHtml({
      name: "plan",
      title: vscode.l10n.t("Plan"),
      language: vscode.env.language,
      cspSource: webview.cspSource,
      address: (file) => webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(), file)).toString(),
      words: vscode.l10n.bundle ?? {},
    });
  }

  #shown(): ToWebview {
    const folder = vscode.Uri.parse(this.#state.folder);
    return { type: "show-plan", state: this.#state, writeBack: readSettings(folder).writeBack };
  }

  #tellShown(): void {
    this.#panel.webview.postMessage(this.#shown()).then(undefined, (error: unknown) => {
      this.#parts.output.debug(`plan panel: ${String(error)}`);
    });
  }

  async #perform({ folder }: FolderSession, message: FromWebview): Promise<void> {
    const where = { folder: folder.uri.toString() };
    switch (message.type) {
      case "title":
        this.#panel.title = plain(message.title);
        this.#specPath = message.specPath;
        return;
      case "remember":
        if ("planId" in message.state) this.#state = message.state;
        return;
      case "open-file":
        await openFile(folder, message.path, message.line);
        return;
      case "open-log":
        await vscode.commands.executeCommand("planwright.openLog", { ...where, ...idsOf(message) });
        return;
      case "open-log-file":
        await vscode.commands.executeCommand("planwright.openLogFile", { ...where, ...idsOf(message) });
        return;
      case "export-log":
        await vscode.commands.executeCommand("planwright.exportLog", { ...where, ...idsOf(message) });
        return;
      case "open-report":
        await vscode.commands.executeCommand("planwright.openReport", { ...where, executionId: message.executionId });
        return;
      case "define-agents":
        await vscode.commands.executeCommand("planwright.openAgent", { ...where, capabilities: message.capabilities });
        return;
      case "open-budget":
        await vscode.commands.executeCommand("planwright.budget");
        return;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        return;
      case "ready":
      case "request":
        return;
    }
  }

  #forget(): void {
    open.delete(this);
    if (this.#look !== null) clearTimeout(this.#look);
    this.#subscriptions.dispose();
    const bridge = this.#bridge;
    this.#bridge = null;
    if (bridge) this.#letGo(bridge);
  }

  #letGo(bridge: WebviewBridge): void {
    bridge.dispose().catch((error: unknown) => {
      this.#parts.output.debug(`plan panel: ${String(error)}`);
    });
  }
}

function idsOf({ executionId, stepId }: { executionId: string; stepId: string | null }): Record<string, string> {
  return { executionId, ...(stepId === null ? {} : { stepId }) };
}

/** Shows a file of the folder; what lies outside of it is refused, whoever wrote its path. */
async function openFile(folder: vscode.WorkspaceFolder, file: string, line: number | null): Promise<void> {
  const uri = fileIn(folder, file);
  if (uri === null) {
    await say("warning", vscode.l10n.t("{0} is not in this folder.", file));
    return;
  }
  if (line === null) {
    // Not everything is text: VS Code finds the editor for it.
    await vscode.commands.executeCommand("vscode.open", uri);
    return;
  }
  const place = new vscode.Position(line - 1, 0);
  await vscode.window.showTextDocument(uri, { selection: new vscode.Range(place, place) });
}

function pageOptions(): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [pageFolder()] };
}

function notThere(): string {
  return vscode.workspace.isTrusted
    ? vscode.l10n.t("The folder of this plan is not open in this window.")
    : vscode.l10n.t("Planwright runs programs of this workspace, so plans are shown only where you trust it.");
}
