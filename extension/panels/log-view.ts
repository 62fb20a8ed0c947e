import * as vscode from "vscode";
import type { Client } from "../../schemas/client.ts";
import type { FromWebview, LogViewState } from "../../schemas/webview.ts";
import type { Parts } from "../parts.ts";
import type { FolderSession } from "../session.ts";
import { WebviewBridge } from "./bridge.ts";
import { isRunning, lastStarted } from "./last-started.ts";
import type { LogTarget } from "./log-text.ts";
import { messageHtml, pageHtml } from "./page.ts";
import { hasRecord } from "../folder-file.ts";
import { pageFolder } from "./page-folder.ts";

const VIEW = "planwright.log";
/** As `LOG_SCHEME` of log-document.ts, which is loaded when a document is asked for. */
const SCHEME = "planwright-log";
const DEFAULT_LINES = 10_000;

let view: LogView | null = null;

/** The live log in the panel, and logs as documents. Call it once, when the extension is activated. */
export function registerLogView(parts: Parts): vscode.Disposable {
  const own = new LogView(parts);
  view = own;
  return vscode.Disposable.from(
    own,
    vscode.window.registerWebviewViewProvider(VIEW, own),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, own.documents),
  );
}

/** Shows the log of an execution, or of one of its steps, in the panel. */
export async function showLog(state: LogViewState): Promise<void> {
  await view?.show(state);
}

/** Opens the whole log, also what the view does not hold, in an editor, at its end. */
export async function openLogFile(target: LogTarget): Promise<void> {
  await view?.documents.open(target);
}

/** Asks for a file and writes the whole log to it. */
export async function exportLog(target: LogTarget): Promise<void> {
  await view?.export(target);
}

/** Logs as read-only documents: made when they are opened, from what the worker reads from its disk. */
class LogDocuments implements vscode.TextDocumentContentProvider {
  readonly #parts: Parts;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async open(target: LogTarget): Promise<void> {
    const { logUri } = await import("./log-document.ts");
    const uri = logUri(target);
    // One that is open already is read again: more may have been written meanwhile.
    const isOpen = vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
    if (isOpen) this.#changed.fire(uri);
    const document = await vscode.workspace.openTextDocument(uri);
    const end = document.lineAt(document.lineCount - 1).range.end;
    await vscode.window.showTextDocument(document, { selection: new vscode.Range(end, end) });
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    const { logDocument, targetOf } = await import("./log-document.ts");
    const target = targetOf(uri);
    const session = target === null ? undefined : this.#parts.session.byFolderUri(target.folder);
    if (target === null || session === undefined) {
      return vscode.l10n.t("The folder of this log is not open in this window.");
    }
    return logDocument(session, target, token);
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

class LogView implements vscode.WebviewViewProvider, vscode.Disposable {
  readonly documents: LogDocuments;
  readonly #parts: Parts;
  readonly #subscriptions: vscode.Disposable;
  #view: vscode.WebviewView | null = null;
  /** Whether the view has its page, or says why it has none; null before either. */
  #hasPage: boolean | null = null;
  #bridge: { readonly session: FolderSession; readonly bridge: WebviewBridge } | null = null;
  /** An empty folder: whichever has something that runs. */
  #state: LogViewState = { folder: "", executionId: null, stepId: null };

  constructor(parts: Parts) {
    this.#parts = parts;
    this.documents = new LogDocuments(parts);
    this.#subscriptions = parts.session.onDidChange(() => {
      this.#update();
    });
  }

  async resolveWebviewView(view: vscode.WebviewView, { state: kept }: vscode.WebviewViewResolveContext): Promise<void> {
    const { LogViewState } = await import("../../schemas/webview.ts");
    const before = LogViewState.safeParse(kept);
    if (before.success && this.#state.folder === "") this.#state = before.data;
    this.#view = view;
    view.webview.options = { enableScripts: true, localResourceRoots: [pageFolder()] };
    view.webview.onDidReceiveMessage((data: unknown) => this.#bridge?.bridge.receive(data));
    view.onDidDispose(() => {
      this.#view = null;
      this.#disconnect();
    });
    this.#hasPage = null;
    this.#update();
  }

  async show(state: LogViewState): Promise<void> {
    this.#state = state;
    this.#update();
    this.#tellShown();
    await vscode.commands.executeCommand(`${VIEW}.focus`);
  }

  async export(target: LogTarget): Promise<void> {
    const session = this.#parts.session.byFolderUri(target.folder);
    if (session === undefined) return;
    const { saveLog } = await import("./log-document.ts");
    await saveLog(session, target);
  }

  dispose(): void {
    this.#subscriptions.dispose();
    this.documents.dispose();
    this.#disconnect();
  }

  /** The folder that is shown may have come or gone, or another one may have begun to run something. */
  #update(): void {
    if (this.#view === null) return;
    this.#draw(this.#view.webview);
    const session = this.#wanted();
    if (session !== undefined) this.#state = { ...this.#state, folder: session.folder.uri.toString() };
    if (session === this.#bridge?.session) return;
    this.#disconnect();
    if (session === undefined) return;
    this.#bridge = { session, bridge: this.#connect(session) };
    this.#tellShown();
  }

  /** The view is there before the person trusts the folder: VS Code could not bring it back after a reload otherwise. */
  #draw(webview: vscode.Webview): void {
    const hasPage = this.#parts.session.folders.length > 0;
    if (hasPage === this.#hasPage) return;
    this.#hasPage = hasPage;
    webview.html = hasPage ? this.#html(webview) : messageHtml(notThere());
  }

  #wanted(): FolderSession | undefined {
    const { session } = this.#parts;
    const shown = session.byFolderUri(this.#state.folder);
    if (shown !== undefined && (this.#state.executionId !== null || isRunning(shown))) return shown;
    return lastStarted(session.folders) ?? shown ?? session.folders[0];
  }

  #connect(session: FolderSession): WebviewBridge {
    const { link, folder } = session;
    return new WebviewBridge({
      link: {
        get state() {
          return link.state;
        },
        onState: (listener) => link.onState(listener),
        connect: () => connectWhereUsed(session),
      },
      post: async (message) => (await this.#view?.webview.postMessage(message)) ?? false,
      show: () => ({ type: "show-log", state: this.#state }),
      onMessage: (message) => {
        this.#perform(folder, message).catch((error: unknown) => {
          this.#parts.output.error(error instanceof Error ? error : String(error));
        });
      },
    });
  }

  #disconnect(): void {
    const bridge = this.#bridge?.bridge;
    this.#bridge = null;
    bridge?.dispose().catch((error: unknown) => {
      this.#parts.output.debug(`log view: ${String(error)}`);
    });
  }

  #tellShown(): void {
    this.#view?.webview.postMessage({ type: "show-log", state: this.#state }).then(undefined, (error: unknown) => {
      this.#parts.output.debug(`log view: ${String(error)}`);
    });
  }

  async #perform(folder: vscode.WorkspaceFolder, message: FromWebview): Promise<void> {
    const where = folder.uri.toString();
    switch (message.type) {
      case "remember":
        if (!("planId" in message.state)) this.#state = message.state;
        return;
      case "open-log-file":
        await openLogFile({ folder: where, executionId: message.executionId, stepId: message.stepId });
        return;
      case "export-log":
        await exportLog({ folder: where, executionId: message.executionId, stepId: message.stepId });
        return;
      case "copy":
        await vscode.env.clipboard.writeText(message.text);
        return;
      default:
        // The rest is what plans ask for.
        return;
    }
  }

  #html(webview: vscode.Webview): string {
    const lines: unknown = vscode.workspace.getConfiguration("planwright").get("logLines");
    return pageHtml({
      name: "log",
      title: vscode.l10n.t("Log"),
      language: vscode.env.language,
      cspSource: webview.cspSource,
      address: (file) => webview.asWebviewUri(vscode.Uri.joinPath(pageFolder(), file)).toString(),
      words: vscode.l10n.bundle ?? {},
      settings: { logLines: typeof lines === "number" ? lines : DEFAULT_LINES },
    });
  }
}

function notThere(): string {
  return vscode.workspace.isTrusted
    ? vscode.l10n.t("Open a folder to see the log of what runs in it.")
    : vscode.l10n.t("Planwright runs programs of this workspace, so logs are shown only where you trust it.");
}

/** A view that VS Code brings back must not start a worker in a folder where nothing was ever planned. */
async function connectWhereUsed({ folder, link }: FolderSession): Promise<Client> {
  const client = (await hasRecord(folder)) ? await link.connect() : await link.attach();
  if (client !== null) return client;
  const { failure, FailureError } = await import("../../schemas/failure.ts");
  throw new FailureError(failure("not_found", "nothing has run in this folder yet"));
}
