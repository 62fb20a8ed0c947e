import * as vscode from "vscode";
import type { SpecClient } from "./language-client.ts";
import type { Parts } from "./parts.ts";
import type { FolderSession, Session } from "./session.ts";
import type { SpecFiles } from "./spec-files.ts";

/**
 * What editors show of specs: lenses, diagnostics, completion and the rest come from the language server in the folder's worker. A
 * client is started with the first spec of a folder that is opened, and again whenever its worker is back.
 */
export function registerLanguage({ session, specs, output }: Parts): vscode.Disposable {
  return new SpecClients(session, specs, output);
}

class SpecClients implements vscode.Disposable {
  readonly #session: Session;
  readonly #specs: SpecFiles;
  readonly #output: vscode.LogOutputChannel;
  readonly #folders = new Map<FolderSession, FolderClient>();
  readonly #subscriptions: vscode.Disposable;

  constructor(session: Session, specs: SpecFiles, output: vscode.LogOutputChannel) {
    this.#session = session;
    this.#specs = specs;
    this.#output = output;
    this.#subscriptions = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#serve(document);
      }),
      // What it holds may make it a spec.
      vscode.workspace.onDidSaveTextDocument((document) => {
        this.#serve(document);
      }),
      session.onDidChangeFolders(() => {
        this.#update();
      }),
      specs.onDidChange(() => {
        for (const client of this.#folders.values()) client.readOthers();
        this.#update();
      }),
    );
    this.#update();
  }

  dispose(): void {
    this.#subscriptions.dispose();
    for (const client of this.#folders.values()) client.dispose();
    this.#folders.clear();
  }

  /** Folders come, go and are trusted. */
  #update(): void {
    for (const [folder, client] of this.#folders) {
      if (this.#session.folders.includes(folder)) continue;
      this.#folders.delete(folder);
      client.dispose();
    }
    for (const document of vscode.workspace.textDocuments) this.#serve(document);
  }

  #serve(document: vscode.TextDocument): void {
    const folder = this.#folderOf(document);
    if (!folder) return;
    let client = this.#folders.get(folder);
    if (!client) {
      client = new FolderClient(folder, this.#output, {
        isFirst: () => this.#session.folders[0] === folder,
        globs: () => this.#specs.globsOf(folder),
        owns: (uri) => uri.scheme === "untitled" || this.#session.of(uri) === folder,
        isNeeded: () => vscode.workspace.textDocuments.some((one) => this.#folderOf(one) === folder),
      });
      this.#folders.set(folder, client);
    }
    client.start();
  }

  #folderOf(document: vscode.TextDocument): FolderSession | undefined {
    if (!this.#specs.isServed(document)) return undefined;
    return document.uri.scheme === "untitled" ? this.#session.folders[0] : this.#session.of(document.uri);
  }
}

interface FolderDocuments {
  isFirst(): boolean;
  /** Of the files that are read whatever their language. */
  globs(): string[];
  owns(uri: vscode.Uri): boolean;
  /** Whether a spec of the folder is open. */
  isNeeded(): boolean;
}

/** A client that ran this long was a good one. */
const STEADY_MS = 5_000;

type ClientState =
  | { readonly kind: "none" }
  | { readonly kind: "starting" }
  | { readonly kind: "running"; readonly client: SpecClient; readonly since: number; readonly globs: readonly string[] }
  | { readonly kind: "disposed" };

/** The client of one folder, over all workers that the folder has one after another. */
class FolderClient implements vscode.Disposable {
  readonly #folder: FolderSession;
  readonly #output: vscode.LogOutputChannel;
  readonly #documents: FolderDocuments;
  readonly #stopListening: () => void;
  #state: ClientState = { kind: "none" };

  constructor(folder: FolderSession, output: vscode.LogOutputChannel, documents: FolderDocuments) {
    this.#folder = folder;
    this.#output = output;
    this.#documents = documents;
    this.#stopListening = folder.link.onState(({ kind }) => {
      if (kind === "connected" && documents.isNeeded()) this.start();
    });
  }

  /** Starts the client if there is none. A failure is the link's to tell. */
  start(): void {
    if (this.#state.kind !== "none") return;
    this.#state = { kind: "starting" };
    this.#run().catch((error: unknown) => {
      if (this.#state.kind === "starting") this.#state = { kind: "none" };
      this.#say(error);
    });
  }

  /** Begins anew where other files are to be read than those that the client was started with. */
  readOthers(): void {
    if (this.#state.kind !== "running" || this.#state.globs.join("\n") === this.#documents.globs().join("\n")) return;
    const { client } = this.#state;
    this.#state = { kind: "none" };
    this.#end(client);
    if (this.#documents.isNeeded()) this.start();
  }

  dispose(): void {
    this.#stopListening();
    const before = this.#state;
    this.#state = { kind: "disposed" };
    if (before.kind === "running") this.#end(before.client);
  }

  async #run(): Promise<void> {
    // Both take their time: the worker may have to be started, and the client's code is large.
    const connected = this.#folder.link.connect();
    // Whoever awaits it hears of a failure.
    connected.catch(() => {});
    const { startSpecClient } = await import("./language-client.ts");
    let isOver = false;
    const globs = this.#documents.globs();
    const client = await startSpecClient({
      session: this.#folder,
      connected,
      output: this.#output,
      untitled: this.#documents.isFirst(),
      globs,
      owns: (uri) => this.#documents.owns(uri),
      onEnd: () => {
        isOver = true;
        this.#ended();
      },
    });
    // Disposed or lost while it started.
    if (this.#state.kind !== "starting" || isOver) {
      if (this.#state.kind === "starting") this.#state = { kind: "none" };
      await client.end();
      return;
    }
    this.#state = { kind: "running", client, since: performance.now(), globs };
    this.readOthers();
  }

  #ended(): void {
    if (this.#state.kind !== "running") return;
    const { client, since } = this.#state;
    this.#state = { kind: "none" };
    this.#end(client);
    // The link may be back already, and says so only once. What ends again and again waits for the next spec that is opened.
    if (
      performance.now() - since >= STEADY_MS &&
      this.#folder.link.state.kind === "connected" &&
      this.#documents.isNeeded()
    )
      this.start();
  }

  #end(client: SpecClient): void {
    client.end().catch((error: unknown) => {
      this.#say(error);
    });
  }

  #say(error: unknown): void {
    this.#output.debug(
      `specs of ${this.#folder.folder.name}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
