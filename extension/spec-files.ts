import path from "node:path";
import * as vscode from "vscode";
import { COMPANION_FILES, isCompanionPath, isSpecPath, isWorthReading, SPEC_FILES } from "../schemas/spec-files.ts";
import type { FolderSession, Session } from "./session.ts";
import { readSettings } from "./settings.ts";

/** Where the paths of planned files are kept between windows. */
const PLANNED = "planwright.planned";
const MOST_PLANNED = 200;
const MOST_FOUND = 500;
/** That of documents that are specs because their editor says so. */
const SPEC_LANGUAGE = "planwright-spec";

/**
 * Which files are specs: those at the usual places, those that the setting `planwright.specFiles` names, and those that were
 * planned in this workspace before. The context key `planwright.otherSpecs` has the paths of the last two for menus; the first stand
 * in the menus themselves.
 */
export class SpecFiles implements vscode.Disposable {
  readonly #session: Session;
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #subscriptions: vscode.Disposable;
  /** URIs of files at unusual places, oldest first. */
  readonly #planned: Set<string>;
  /** URIs of files that the setting names. */
  #named: readonly string[] = [];
  #told = "";
  #looks = 0;
  /** Fires when other files count. */
  readonly onDidChange = this.#changed.event;

  constructor(session: Session, memory: vscode.Memento) {
    this.#session = session;
    this.#memory = memory;
    const kept: unknown = memory.get(PLANNED);
    this.#planned = new Set(Array.isArray(kept) ? kept.filter((one) => typeof one === "string") : []);
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      session.onDidChange(() => {
        this.#learn();
      }),
      session.onDidChangeFolders(() => {
        this.#look();
      }),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (!change.affectsConfiguration("planwright.specFiles")) return;
        this.#look();
        this.#changed.fire();
      }),
    );
    this.#look();
  }

  dispose(): void {
    this.#looks += 1;
    this.#subscriptions.dispose();
  }

  /** Whether a person who looks at a document means a spec. */
  isSpec(document: vscode.TextDocument): boolean {
    const { uri, languageId } = document;
    if (uri.scheme !== "file") return false;
    return (
      languageId === SPEC_LANGUAGE ||
      isSpecPath(uri.path) ||
      this.#planned.has(uri.toString()) ||
      this.#isNamed(document)
    );
  }

  /** Whether the language server has something to say of a document: of specs and of what is read beside them. */
  isServed(document: vscode.TextDocument): boolean {
    if (document.uri.scheme === "untitled") return document.languageId === SPEC_LANGUAGE;
    if (this.isSpec(document)) return isWorthReading(document.uri.path, () => document.getText());
    return document.uri.scheme === "file" && isCompanionPath(document.uri.path);
  }

  /** The files of a folder that its language server reads, whatever their language. */
  globsOf({ folder }: FolderSession): string[] {
    const base = `${folder.uri.toString()}/`;
    const planned = [...this.#planned].filter((uri) => uri.startsWith(base));
    return [
      ...SPEC_FILES,
      ...COMPANION_FILES,
      ...readSettings(folder.uri).specFiles,
      ...planned.map((uri) => literal(path.posix.relative(folder.uri.path, vscode.Uri.parse(uri).path))),
    ];
  }

  /** All specs of the workspace, for a list to choose from. */
  async all(): Promise<vscode.Uri[]> {
    const named = this.#session.folders.flatMap(({ folder }) => readSettings(folder.uri).specFiles);
    const lists = await Promise.all([...new Set([...SPEC_FILES, ...named])].map(found));
    const byUri = new Map(lists.flat().map((uri) => [uri.toString(), uri]));
    for (const text of this.#planned) {
      const uri = vscode.Uri.parse(text);
      if (!byUri.has(text) && this.#session.of(uri) && (await exists(uri))) byUri.set(text, uri);
    }
    return [...byUri.values()].filter((uri) => this.#session.of(uri) !== undefined);
  }

  /** Remembers what was planned at unusual places. */
  #learn(): void {
    const before = this.#planned.size;
    for (const { folder, model } of this.#session.folders) {
      for (const { specPath } of [...(model.view?.plans ?? []), ...(model.view?.executions ?? [])]) {
        if (!isSpecPath(specPath)) this.#planned.add(vscode.Uri.joinPath(folder.uri, specPath).toString());
      }
    }
    if (this.#planned.size === before) return;
    for (const oldest of [...this.#planned].slice(0, -MOST_PLANNED)) this.#planned.delete(oldest);
    this.#memory.update(PLANNED, [...this.#planned]).then(undefined, () => {});
    this.#changed.fire();
    this.#tell();
  }

  /** Files that are new since the last look count, too. */
  #isNamed(document: vscode.TextDocument): boolean {
    if (this.#named.includes(document.uri.toString())) return true;
    const folder = this.#session.of(document.uri)?.folder;
    const globs = folder ? readSettings(folder.uri).specFiles : [];
    if (!folder || globs.length === 0) return false;
    const isNew =
      vscode.languages.match(
        globs.map((glob) => ({ pattern: new vscode.RelativePattern(folder, glob) })),
        document,
      ) > 0;
    if (isNew) this.#look();
    return isNew;
  }

  /** Finds the files that the setting names. */
  #look(): void {
    this.#looks += 1;
    const look = this.#looks;
    const lists = this.#session.folders.flatMap(({ folder }) =>
      readSettings(folder.uri).specFiles.map((glob) => found(new vscode.RelativePattern(folder, glob))),
    );
    Promise.all(lists).then(
      (files) => {
        if (look !== this.#looks) return;
        const before = this.#named.join("\n");
        this.#named = files.flat().map((uri) => uri.toString());
        if (this.#named.join("\n") !== before) this.#changed.fire();
        this.#tell();
      },
      () => {},
    );
  }

  #tell(): void {
    // Paths, because the window has other URIs than its extensions where the folder is on another machine.
    const paths = [...new Set([...this.#named, ...this.#planned])].map((uri) => vscode.Uri.parse(uri).fsPath);
    if (this.#told === paths.join("\n")) return;
    this.#told = paths.join("\n");
    vscode.commands.executeCommand("setContext", "planwright.otherSpecs", paths).then(undefined, () => {});
  }
}

function found(glob: vscode.GlobPattern): Thenable<vscode.Uri[]> {
  return vscode.workspace.findFiles(glob, "**/node_modules/**", MOST_FOUND);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(uri).then(
    () => true,
    () => false,
  );
}

/** A path as a glob that means this file only. */
function literal(file: string): string {
  return file.replace(/[*?[\]{}]/g, (sign) => `[${sign}]`);
}
