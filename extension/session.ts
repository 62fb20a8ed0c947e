import * as vscode from "vscode";
import type { LifecycleEvent } from "../schemas/agent-health.ts";
import { FolderLink, type LinkState } from "./link/folder-link.ts";
import { plain } from "./plain-text.ts";
import { readSettings } from "./settings.ts";
import { WorkspaceModel } from "./workspace-model.ts";
import { hasRecord, RECORD } from "./folder-file.ts";

/** One workspace folder and its worker. */
export interface FolderSession {
  readonly folder: vscode.WorkspaceFolder;
  readonly link: FolderLink;
  readonly model: WorkspaceModel;
}

interface SessionOptions {
  readonly output: vscode.LogOutputChannel;
  readonly version: string;
  /** The worker's program. */
  readonly workerEntry: string;
  /** Whether somebody develops the extension: a worker that stands at a breakpoint is not hung. */
  readonly isDebugged: boolean;
}

/** When to look again after a record has come: whoever made it may be starting its worker. In milliseconds. */
const LOOK_AGAIN_MS = [1_000, 3_000, 10_000];

/**
 * All folders of the window that Planwright may work in: those on a disk, once the person trusts the workspace. Before that there
 * are none, and so no process, no socket and no write. Folders that are added, removed or trusted later come and go without a reload.
 */
export class Session implements vscode.Disposable {
  readonly #options: SessionOptions;
  readonly #folders = new Map<string, { session: FolderSession; subscriptions: vscode.Disposable }>();
  readonly #foldersChanged = new vscode.EventEmitter<void>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  /** Links of folders that were removed and are still being let go. */
  readonly #leaving = new Set<Promise<void>>();
  #disposed = false;
  readonly onDidChangeFolders = this.#foldersChanged.event;
  /** Fires when the folders or the model of any of them changed. */
  readonly onDidChange = this.#changed.event;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#subscriptions = vscode.Disposable.from(
      this.#foldersChanged,
      this.#changed,
      vscode.workspace.onDidChangeWorkspaceFolders(() => {
        this.#update();
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#update();
      }),
      // Another client may have started a worker meanwhile.
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) for (const { session } of this.#folders.values()) this.#attach(session);
      }),
    );
    this.#update();
  }

  get folders(): readonly FolderSession[] {
    return [...this.#folders.values()].map(({ session }) => session);
  }

  /** The folder that a file is in. */
  of(uri: vscode.Uri): FolderSession | undefined {
    const folder = vscode.workspace.getWorkspaceFolder(uri);
    return folder && this.byFolderUri(folder.uri.toString());
  }

  byFolderUri(uri: string): FolderSession | undefined {
    return this.#folders.get(uri)?.session;
  }

  /**
   * Connects where there is a record, and starts the worker if need be: for views that a person looks at. Without a folder: all of
   * them. Failures are the state of the link; nobody is interrupted.
   */
  async wake(folder?: FolderSession): Promise<void> {
    const wanted = folder === undefined ? this.folders : [folder];
    await Promise.all(
      wanted.map(async (session) => {
        if (!(await hasRecord(session.folder))) return;
        await session.link.connect().catch((error: unknown) => {
          this.#say(session.folder, error instanceof Error ? error.message : String(error));
        });
      }),
    );
  }

  /** Lets go of everything; workers go on as long as they have something to do. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#subscriptions.dispose();
    for (const key of this.#folders.keys()) this.#remove(key);
    await Promise.all(this.#leaving);
  }

  #update(): void {
    if (this.#disposed) return;
    const folders = vscode.workspace.isTrusted ? (vscode.workspace.workspaceFolders ?? []) : [];
    const wanted = new Map(folders.filter(({ uri }) => uri.scheme === "file").map((one) => [one.uri.toString(), one]));
    for (const key of this.#folders.keys()) if (!wanted.has(key)) this.#remove(key);
    for (const [key, folder] of wanted) if (!this.#folders.has(key)) this.#add(key, folder);
    this.#foldersChanged.fire();
    this.#changed.fire();
  }

  #add(key: string, folder: vscode.WorkspaceFolder): void {
    const { version, workerEntry } = this.#options;
    const link = new FolderLink({
      folder: folder.uri.fsPath,
      workerEntry,
      version,
      clientName: `VS Code, window ${vscode.workspace.name ?? folder.name} (process ${process.pid})`,
      ...(this.#options.isDebugged ? { hungAfterMs: null } : {}),
      program: () => readSettings(folder.uri).workerProgram ?? undefined,
      log: (line) => {
        this.#say(folder, line);
      },
    });
    const model = new WorkspaceModel(link);
    const session: FolderSession = { folder, link, model };
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(folder, RECORD),
      false,
      true,
      true,
    );
    const timers = new Set<ReturnType<typeof setTimeout>>();
    const stopAgents = link.follow({ kind: "agents" }, (batch) => {
      if (batch.kind === "agents") for (const event of batch.events) this.#say(folder, lifecycleLine(event));
    });
    const subscriptions = vscode.Disposable.from(
      model,
      new vscode.Disposable(stopAgents),
      watcher,
      watcher.onDidCreate(() => {
        this.#attach(session);
        for (const ms of LOOK_AGAIN_MS) {
          const timer = setTimeout(() => {
            timers.delete(timer);
            this.#attach(session);
          }, ms);
          timers.add(timer);
        }
      }),
      {
        dispose: () => {
          for (const timer of timers) clearTimeout(timer);
        },
      },
      model.onDidChange(() => {
        this.#changed.fire();
      }),
    );
    this.#folders.set(key, { session, subscriptions });
    this.#attach(session);
  }

  /** Looks whether a worker runs already, once what is in hand is done; starts none. */
  #attach(session: FolderSession): void {
    const { folder, link } = session;
    setImmediate(() => {
      if (!isAtRest(link.state) || this.byFolderUri(folder.uri.toString()) !== session) return;
      link.attach().catch((error: unknown) => {
        this.#say(folder, error instanceof Error ? error.message : String(error));
      });
    });
  }

  #remove(key: string): void {
    const kept = this.#folders.get(key);
    if (!kept) return;
    this.#folders.delete(key);
    kept.subscriptions.dispose();
    const { link, folder } = kept.session;
    const leaving = link
      .dispose()
      .catch((error: unknown) => {
        this.#say(folder, error instanceof Error ? error.message : String(error));
      })
      .finally(() => {
        this.#leaving.delete(leaving);
      });
    this.#leaving.add(leaving);
  }

  #say({ name }: vscode.WorkspaceFolder, line: string): void {
    const where = (vscode.workspace.workspaceFolders?.length ?? 0) > 1 ? `[${name}] ` : "";
    this.#options.output.info(`${where}${line}`);
  }
}

/** Nothing is under way by itself: nobody has asked for a worker yet, or trying again was given up. */
function isAtRest(state: LinkState): boolean {
  return state.kind === "idle" || (state.kind === "lost" && state.retryInMs === null);
}

/** What happens to agents is kept where people look for why something does not work. */
function lifecycleLine({ type, agent, pid, detail }: LifecycleEvent): string {
  const who = [agent ?? "", pid === null ? "" : `(process ${pid})`].filter((part) => part !== "").join(" ");
  return plain([type, who, detail].filter((part) => part !== "").join(" "));
}
