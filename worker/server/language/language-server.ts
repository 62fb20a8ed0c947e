import { TextDocument } from "vscode-languageserver-textdocument";
import { createConnection } from "vscode-languageserver";
import {
  CodeLensRefreshRequest,
  createProtocolConnection,
  DidChangeConfigurationNotification,
  TextDocuments,
  type CancellationToken,
  type ClientCapabilities,
  type Connection,
  type MessageReader,
  type MessageWriter,
  type Position,
} from "vscode-languageserver/node";
import { registerAnswers } from "./answers.ts";
import { capabilitiesFor } from "./capabilities.ts";
import { toEditor, toldOf } from "./editor-diagnostics.ts";
import type { LanguageDesk } from "./language-desk.ts";
import { followEditedSpecs } from "./edited-specs.ts";
import { runMark, type LanguageHost } from "./language-host.ts";
import type { LensSetting } from "./lenses.ts";
import { locate } from "../../lint/located.ts";
import { LANGUAGE_ID, OpenDocument } from "./open-document.ts";
import type { PlanFacts } from "../../lint/plan-facts.ts";
import { Planner } from "./planner.ts";
import { TaskNames } from "../../lint/task-names.ts";

/** A place where messages come from, and one where they go to. */
export interface Transports {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Ends the connection. */
  end(): void;
}

/** After the last keystroke, before a text is planned. */
const QUIET_MS = 150;
/** Of a text in which planning is noticed. */
const LARGE_QUIET_MS = 600;
const LARGE = 200_000;
/** Lenses follow a running execution no faster than this. */
const REFRESH_MS = 1_000;

/** Serves one editor until its connection ends. Nothing is written to the workspace. */
export function serveLanguage(transports: Transports, host: LanguageHost): void {
  new LanguageServer(transports, host).listen();
}

/** The documents of one editor, what is known of them, and when it is told. */
class LanguageServer implements LanguageDesk {
  readonly host: LanguageHost;
  readonly connection: Connection;
  client: ClientCapabilities = {};
  readonly #planner: Planner;
  readonly #texts = new TextDocuments(TextDocument);
  readonly #documents = new Map<string, Promise<OpenDocument>>();
  readonly #timers = new Map<string, { cancel(): void }>();
  readonly #planning = new WeakMap<OpenDocument, Promise<void>>();
  readonly #settings = new Map<string, Promise<LensSetting>>();
  /** What the editor was told of the last runs. */
  readonly #shownRuns = new Map<string, string>();
  /** Rises when agents or the record have changed, so that plans are made anew. */
  #epoch = 0;
  #refresh: { cancel(): void } | null = null;
  #isOver = false;

  constructor(transports: Transports, host: LanguageHost) {
    this.host = host;
    this.#planner = new Planner(host.clock);
    const { reader, writer } = transports;
    // The package's own watchdog would end the process, which is the worker's.
    const watchDog = { shutdownReceived: false, initialize: () => {}, exit: () => transports.end() };
    this.connection = createConnection(() => createProtocolConnection(reader, writer, SILENT), watchDog);
    const stopHost = host.onChange(() => {
      this.#later();
    });
    const stopFollowing = followEditedSpecs(this.#texts, this);
    reader.onClose(() => {
      this.#isOver = true;
      stopHost();
      stopFollowing();
      this.#refresh?.cancel();
      for (const timer of this.#timers.values()) timer.cancel();
      this.owned("ending the thread that plans", this.#planner.dispose());
    });
  }

  listen(): void {
    const { connection } = this;
    connection.onInitialize(({ capabilities, initializationOptions }) => {
      this.client = capabilities;
      return { capabilities: capabilitiesFor(initializationOptions), serverInfo: { name: "Planwright" } };
    });
    connection.onInitialized(() => {
      if (this.client.workspace?.didChangeConfiguration?.dynamicRegistration !== true) return;
      const registered = connection.client.register(DidChangeConfigurationNotification.type, { section: "planwright" });
      this.owned("asking for settings", registered);
    });
    connection.onDidChangeConfiguration(() => {
      this.#settings.clear();
      this.#askForLenses();
    });
    connection.onDidChangeWatchedFiles(({ changes }) => {
      if (changes.some(({ uri }) => uri.endsWith("/agents.json")))
        this.owned("reading the agents file", this.#agentsChanged());
      if (changes.some(({ uri }) => !uri.endsWith("/agents.json")))
        this.owned("reading what stands beside specs", this.#readingsChanged());
    });
    this.#texts.onDidOpen(({ document: { uri } }) => {
      this.#documents.set(uri, this.#opened(uri));
    });
    this.#texts.onDidChangeContent(({ document }) => {
      this.#schedule(document.uri);
    });
    this.#texts.onDidClose(({ document: { uri } }) => {
      this.#documents.delete(uri);
      this.#settings.delete(uri);
      this.#shownRuns.delete(uri);
      this.#timers.get(uri)?.cancel();
      this.#timers.delete(uri);
      this.owned("clearing diagnostics", connection.sendDiagnostics({ uri, diagnostics: [] }));
    });
    this.#texts.listen(connection);
    registerAnswers(this);
    connection.listen();
  }

  async answer<T>(
    what: string,
    uri: string,
    token: CancellationToken,
    act: (document: OpenDocument) => Promise<T> | T,
  ): Promise<T | null> {
    try {
      const document = await this.#documents.get(uri);
      if (!document || token.isCancellationRequested || !this.#texts.get(uri)) return null;
      return (await this.#isSpec(document)) ? await act(document) : null;
    } catch (error) {
      this.host.onBug(what, error);
      return null;
    }
  }

  offset(document: OpenDocument, position: Position): number {
    return document.current.offsetAt(position);
  }

  async facts(document: OpenDocument): Promise<PlanFacts | null> {
    if (document.specPath === null) return null;
    const before = this.#planning.get(document) ?? Promise.resolve();
    const planning = before.then(() => this.#plan(document));
    this.#planning.set(document, planning);
    await planning;
    return document.facts?.facts ?? null;
  }

  async recentFacts(document: OpenDocument): Promise<PlanFacts | null> {
    if (document.facts) return document.facts.facts;
    return this.#planner.isQuick(document.reading.document) ? this.facts(document) : null;
  }

  lensSetting(uri: string): Promise<LensSetting> {
    if (this.client.workspace?.configuration !== true) return Promise.resolve("all");
    const known = this.#settings.get(uri);
    if (known) return known;
    const asked = this.connection.workspace
      .getConfiguration({ scopeUri: uri, section: "planwright.codeLens" })
      .then((value: unknown): LensSetting => (value === "top" || value === "off" ? value : "all"));
    this.#settings.set(uri, asked);
    return asked;
  }

  sawRun(uri: string, mark: string): void {
    this.#shownRuns.set(uri, mark);
  }

  /** Gives a promise an owner that nobody waits for. */
  owned(what: string, promise: Promise<unknown>): void {
    promise.catch((error: unknown) => {
      if (!this.#isOver) this.host.onBug(what, error);
    });
  }

  #textOf(uri: string): TextDocument {
    return this.#texts.get(uri) ?? TextDocument.create(uri, LANGUAGE_ID, 0, "");
  }

  #schedule(uri: string): void {
    this.#timers.get(uri)?.cancel();
    const quiet = this.#textOf(uri).getText().length > LARGE ? LARGE_QUIET_MS : QUIET_MS;
    const timer = this.host.clock.after(quiet, () => {
      this.#timers.delete(uri);
      this.owned("checking a spec", this.#publish(uri));
    });
    this.#timers.set(uri, timer);
  }

  async #publish(uri: string): Promise<void> {
    const document = await this.#documents.get(uri);
    if (!document || !this.#texts.get(uri)) return;
    const isSpec = await this.#isSpec(document);
    const facts = isSpec && hasPlan(document) ? await this.facts(document) : null;
    // Who edits meanwhile has set the next timer.
    if (this.#isOver || !this.#texts.get(uri) || this.#timers.has(uri)) return;
    const { reading } = document;
    if (facts && document.facts?.version !== reading.version) return;
    const names = new TaskNames(reading);
    const told = isSpec ? toldOf(document, facts, this.host.agents()).slice(0, DIAGNOSTICS_SHOWN) : [];
    const diagnostics = told.map((one) => toEditor(locate(one, reading, names), uri, reading));
    await this.connection.sendDiagnostics({ uri, version: reading.version, diagnostics });
  }

  async #opened(uri: string): Promise<OpenDocument> {
    const path = await this.host.specPathOf(uri);
    const options = path === null ? {} : await this.host.optionsOf(path);
    return new OpenDocument(uri, path, options, () => this.#textOf(uri));
  }

  /**
   * Files of other languages may lie where specs lie without being any. What is decided, what was executed, and what is read as
   * something with tasks is a spec.
   */
  async #isSpec(document: OpenDocument): Promise<boolean> {
    if (document.isOwn || (document.options.dialect ?? null) !== null) return true;
    const { document: read } = document.lastReading ?? document.reading;
    if (read.dialect === "prose")
      return document.specPath !== null && (await this.host.lastRun(document.specPath)) !== null;
    return read.dialect !== "taskmaster" || read.tasks.length > 0 || document.uri.includes("/.taskmaster/");
  }

  async #plan(document: OpenDocument): Promise<void> {
    const { version, reading, specPath } = document;
    if (specPath === null || (document.facts?.version === version && document.facts.epoch === this.#epoch)) return;
    const epoch = this.#epoch;
    try {
      const input = {
        spec: reading.document,
        specPath,
        agents: this.host.agents(),
        history: await this.host.history(),
        budget: await this.host.budget(),
        roles: await this.host.roles(),
      };
      document.facts = { version, epoch, facts: await this.#planner.facts(reading, input) };
    } catch (error) {
      document.facts = null;
      if (!this.#isOver) this.host.onBug("planning a spec while it is edited", error);
    }
  }

  async #agentsChanged(): Promise<void> {
    await this.host.refreshAgents();
    this.#epoch += 1;
    for (const uri of this.#texts.keys()) this.#schedule(uri);
  }

  /** The dialects that were chosen, or what is read beside specs. */
  async #readingsChanged(): Promise<void> {
    for (const uri of this.#texts.keys()) {
      const document = await this.#documents.get(uri);
      if (document === undefined || document.specPath === null) continue;
      const options = await this.host.optionsOf(document.specPath);
      if (JSON.stringify(options) === JSON.stringify(document.options)) continue;
      document.readAs(options);
      this.#schedule(uri);
    }
    this.#askForLenses();
  }

  /** An execution has moved. */
  #later(): void {
    this.#refresh ??= this.host.clock.after(REFRESH_MS, () => {
      this.#refresh = null;
      this.owned("following an execution", this.#runsMoved());
    });
  }

  async #runsMoved(): Promise<void> {
    let hasMoved = false;
    for (const [uri, shown] of this.#shownRuns) {
      const document = await this.#documents.get(uri);
      const run = document?.specPath == null ? null : await this.host.lastRun(document.specPath);
      if (runMark(run) === shown) continue;
      hasMoved = true;
      // Estimates come from what has ended.
      if (run?.status !== "running") {
        this.#epoch += 1;
        this.#schedule(uri);
      }
    }
    if (hasMoved) this.#askForLenses();
  }

  #askForLenses(): void {
    if (this.#isOver || this.client.workspace?.codeLens?.refreshSupport !== true) return;
    this.owned("asking for lenses", this.connection.sendRequest(CodeLensRefreshRequest.type));
  }
}

/** Requirements are read beside the plan of something else. */
function hasPlan({ reading }: OpenDocument): boolean {
  return reading.document.dialect !== "kiro-requirements";
}

/** More are not read, and each has its place looked for. */
const DIAGNOSTICS_SHOWN = 1_000;

const ignore = (): void => {};
/** The package would write to the worker's standard error otherwise. */
const SILENT = { error: ignore, warn: ignore, info: ignore, log: ignore };
