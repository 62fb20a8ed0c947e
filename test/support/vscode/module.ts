/** The module `vscode` for tests that run without an editor: it shows the pretended one of editor.ts. */
import { readFile } from "node:fs/promises";
import { editor, type Folder, type PickItem, type ShownMessage, type ShownStatus } from "./editor.ts";
import { Disposable, type Uri } from "./values.ts";

export {
  CodeLens,
  Diagnostic,
  Disposable,
  MarkdownString,
  Position,
  Range,
  RelativePattern,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  Uri,
} from "./values.ts";

export const version = "1.101.0";
export const StatusBarAlignment = { Left: 1, Right: 2 } as const;
export const ExtensionMode = { Production: 1, Development: 2, Test: 3 } as const;
export const ProgressLocation = { SourceControl: 1, Window: 10, Notification: 15 } as const;
export const QuickPickItemKind = { Separator: -1, Default: 0 } as const;
export const ConfigurationTarget = { Global: 1, Workspace: 2, WorkspaceFolder: 3 } as const;
export const FileType = { Unknown: 0, File: 1, Directory: 2, SymbolicLink: 64 } as const;
export const ViewColumn = { Active: -1, Beside: -2, One: 1 } as const;
export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 } as const;

export class EventEmitter<T> {
  readonly #listeners = new Set<(value: T) => unknown>();

  readonly event = (listener: (value: T) => unknown): Disposable => {
    const own = (value: T): unknown => listener(value);
    this.#listeners.add(own);
    return new Disposable(() => this.#listeners.delete(own));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

export class CancellationTokenSource {
  readonly token = neverCancelled;

  cancel(): void {}
  dispose(): void {}
}

const neverCancelled = { isCancellationRequested: false, onCancellationRequested: () => new Disposable(() => {}) };

export const env = {
  language: "en",
  clipboard: { writeText: async () => {} },
};

export const l10n = {
  bundle: undefined,
  t: (message: string, ...values: unknown[]): string =>
    message.replace(/\{(\d+)\}/g, (_, index: string) => String(values[Number(index)])),
};

export const commands = {
  registerCommand: (id: string, handler: (...args: unknown[]) => unknown): Disposable => {
    if (editor.commands.has(id)) throw new Error(`command '${id}' already exists`);
    editor.commands.set(id, handler);
    return new Disposable(() => editor.commands.delete(id));
  },
  executeCommand: async (command: string, ...args: unknown[]): Promise<unknown> => {
    const own = editor.commands.get(command);
    if (own) return own(...args);
    if (command === "setContext") editor.contextKeys.set(String(args[0]), args[1]);
    else editor.executed.push({ command, args });
    return undefined;
  },
};

function show(kind: ShownMessage["kind"]) {
  return async (text: string, ...rest: unknown[]): Promise<string | undefined> => {
    const options = rest.find((one) => typeof one === "object" && one !== null && "modal" in one);
    const detail = typeof options === "object" && options !== null && "detail" in options ? options.detail : undefined;
    const message: ShownMessage = {
      kind,
      text,
      detail: typeof detail === "string" ? detail : undefined,
      buttons: rest.filter((one) => typeof one === "string"),
    };
    editor.messages.push(message);
    return editor.onMessage(message);
  };
}

export const window = {
  get state() {
    return { focused: editor.isFocused };
  },
  get activeTextEditor() {
    return editor.activeEditor;
  },
  visibleTextEditors: [],
  tabGroups: { all: [] },
  onDidChangeWindowState: editor.windowState.subscribe,
  onDidChangeActiveTextEditor: editor.other.subscribe,
  onDidChangeVisibleTextEditors: editor.other.subscribe,
  onDidChangeActiveColorTheme: editor.other.subscribe,
  showInformationMessage: show("information"),
  showWarningMessage: show("warning"),
  showErrorMessage: show("error"),
  showQuickPick: async (
    items: readonly PickItem[],
    options: { title?: string; placeHolder?: string } = {},
  ): Promise<PickItem | undefined> => {
    const pick = { title: options.title, placeHolder: options.placeHolder, items };
    editor.picks.push(pick);
    return editor.onPick(pick);
  },
  showInputBox: async (options: { prompt?: string; value?: string } = {}): Promise<string | undefined> =>
    editor.onInput(options.prompt ?? "", options.value ?? ""),
  showTextDocument: async (what: unknown): Promise<void> => {
    editor.executed.push({ command: "showTextDocument", args: [what] });
  },
  withProgress: async <T>(_options: unknown, task: (progress: unknown, token: unknown) => Promise<T>): Promise<T> =>
    task({ report: () => {} }, neverCancelled),
  createOutputChannel: (name: string) => {
    const registration = editor.register(`output ${name}`);
    const line = (text: unknown): void => {
      editor.output.push(String(text));
    };
    return {
      trace: line,
      debug: line,
      info: line,
      warn: line,
      error: line,
      show: () => {},
      ...disposing(registration),
    };
  },
  createStatusBarItem: () => {
    const status: ShownStatus & Record<string, unknown> = {
      text: "",
      tooltip: undefined,
      command: undefined,
      isVisible: false,
      show: () => {
        status.isVisible = true;
      },
      hide: () => {
        status.isVisible = false;
      },
      dispose: () => editor.statusItems.delete(status),
    };
    editor.statusItems.add(status);
    return status;
  },
  createTreeView: (id: string) => ({
    ...disposing(editor.register(`tree ${id}`)),
    visible: false,
    badge: undefined,
    onDidChangeVisibility: editor.other.subscribe,
    onDidExpandElement: editor.other.subscribe,
    onDidCollapseElement: editor.other.subscribe,
    onDidChangeSelection: editor.other.subscribe,
  }),
  registerTreeDataProvider: (id: string) => editor.register(`tree ${id}`),
  registerWebviewPanelSerializer: (id: string) => editor.register(`serializer ${id}`),
  registerWebviewViewProvider: (id: string) => editor.register(`view ${id}`),
};

function disposing(registration: Disposable): { dispose: () => void } {
  return {
    dispose: () => {
      registration.dispose();
    },
  };
}

export const workspace = {
  get isTrusted() {
    return editor.isTrusted;
  },
  get workspaceFolders() {
    return editor.folders;
  },
  get textDocuments() {
    return [];
  },
  fs: {
    stat: async (): Promise<never> => {
      throw new Error("not there");
    },
    readFile: (uri: Uri): Promise<Uint8Array> => readFile(uri.fsPath),
  },
  onDidChangeWorkspaceFolders: editor.foldersChanged.subscribe,
  onDidGrantWorkspaceTrust: editor.trusted.subscribe,
  onDidOpenTextDocument: editor.other.subscribe,
  onDidCloseTextDocument: editor.other.subscribe,
  onDidSaveTextDocument: editor.other.subscribe,
  onDidChangeTextDocument: editor.other.subscribe,
  onDidChangeConfiguration: editor.other.subscribe,
  registerTextDocumentContentProvider: (scheme: string) => editor.register(`documents ${scheme}`),
  getWorkspaceFolder: (uri: Uri): Folder | undefined =>
    (editor.folders ?? [])
      .filter(({ uri: folder }) => uri.path === folder.path || uri.path.startsWith(`${folder.path}/`))
      .sort((one, other) => other.uri.path.length - one.uri.path.length)[0],
  asRelativePath: (uri: Uri): string => {
    const folder = workspace.getWorkspaceFolder(uri);
    return folder ? uri.path.slice(folder.uri.path.length + 1) : uri.path;
  },
  findFiles: async (): Promise<Uri[]> => [],
  createFileSystemWatcher: () => ({
    ...disposing(editor.register("watcher")),
    onDidCreate: editor.other.subscribe,
    onDidChange: editor.other.subscribe,
    onDidDelete: editor.other.subscribe,
  }),
  getConfiguration: (section: string) => ({
    get: (key: string, fallback?: unknown): unknown => editor.settings.get(`${section}.${key}`) ?? fallback,
    inspect: (key: string) => ({ globalValue: editor.settings.get(`${section}.${key}`) }),
    update: async (key: string, value: unknown): Promise<void> => {
      editor.settings.set(`${section}.${key}`, value);
    },
  }),
};

export const languages = {
  registerCodeLensProvider: () => editor.register("lenses"),
  onDidChangeDiagnostics: editor.other.subscribe,
};
