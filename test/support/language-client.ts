import { PassThrough } from "node:stream";
import {
  createProtocolConnection,
  DidChangeTextDocumentNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  StreamMessageReader,
  StreamMessageWriter,
  type ClientCapabilities,
  type ProtocolConnection,
  type PublishDiagnosticsParams,
  type TextDocumentContentChangeEvent,
} from "vscode-languageserver/node";
import type { AgentView } from "../../schemas/agent.ts";
import { NO_POLICIES } from "../../worker/plan/policies.ts";
import { BUILT_IN_SET } from "../../worker/plan/roles/built-in.ts";
import { OpenEditors } from "../../worker/server/open-editors.ts";
import type { LanguageHost, LastRun } from "../../worker/server/language/language-host.ts";
import { serveLanguage } from "../../worker/server/language/language-server.ts";
import type { ParseOptions } from "../../worker/spec/parse.ts";
import { SHELL, SIMULATED } from "./planning.ts";

export const SPEC_URI = "file:///project/test.spec.md";

/** The client of an editor, connected to the real server over streams, and the world that the server sees. */
export interface EditorClient {
  readonly connection: ProtocolConnection;
  readonly world: World;
  /** Mistakes of the server that it would have logged. */
  readonly bugs: string[];
  open(text: string, uri?: string, languageId?: string): void;
  change(version: number, changes: TextDocumentContentChangeEvent[], uri?: string): void;
  close(uri?: string): void;
  /** The diagnostics of a version, when they have arrived. */
  diagnostics(version?: number, uri?: string): Promise<PublishDiagnosticsParams>;
}

/** What tests decide of the workspace. */
export interface World {
  agents: AgentView[];
  run: LastRun | null;
  /** Files that exist, inside the workspace. */
  files: Set<string>;
  /** How specs are read, by their paths; as they are recognised where nothing stands here. */
  options: Map<string, ParseOptions>;
  readonly editors: OpenEditors;
  /** What the file of every spec holds; null: there is none. */
  disk: string | null;
  /** An execution has moved. */
  moved(): void;
}

interface Options {
  readonly agents?: AgentView[];
  readonly clock?: LanguageHost["clock"];
  readonly capabilities?: ClientCapabilities;
}

/** What VS Code can do, as far as the server looks at it. */
const VS_CODE: ClientCapabilities = {
  textDocument: { completion: { completionItem: { snippetSupport: true } } },
  workspace: { codeLens: { refreshSupport: true }, workspaceEdit: { documentChanges: true } },
};

/** Runs a test with a client that has been greeted. The connection ends with the test. */
export async function withEditor(options: Options, act: (editor: EditorClient) => Promise<void>): Promise<void> {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const bugs: string[] = [];
  const listeners = new Set<() => void>();
  const world: World = {
    agents: options.agents ?? [SHELL, SIMULATED],
    run: null,
    files: new Set(),
    editors: new OpenEditors(),
    disk: null,
    options: new Map(),
    moved: () => {
      for (const listener of listeners) listener();
    },
  };
  serveLanguage(
    { reader: new StreamMessageReader(up), writer: new StreamMessageWriter(down), end: () => up.destroy() },
    hostOf(world, listeners, bugs, options.clock ?? HASTY),
  );
  const connection = createProtocolConnection(new StreamMessageReader(down), new StreamMessageWriter(up));
  const editor = editorOf(connection, world, bugs);
  connection.listen();
  try {
    const capabilities = options.capabilities ?? VS_CODE;
    await connection.sendRequest(InitializeRequest.method, { processId: null, capabilities });
    await connection.sendNotification(InitializedNotification.type, {});
    await act(editor);
  } finally {
    connection.dispose();
    up.destroy();
    down.destroy();
  }
}

function hostOf(world: World, listeners: Set<() => void>, bugs: string[], clock: LanguageHost["clock"]): LanguageHost {
  return {
    clock,
    specPathOf: async (uri) => (uri.startsWith("file:///project/") ? uri.slice("file:///project/".length) : null),
    opened: async (spec) => world.editors.opened(spec, world.disk),
    fileOf: async (path) => (world.files.has(path) ? `file:///project/${path}` : null),
    optionsOf: async (path) => world.options.get(path) ?? {},
    agents: () => world.agents,
    refreshAgents: async () => {},
    history: async () => null,
    budget: async () => NO_POLICIES,
    roles: async () => BUILT_IN_SET,
    lastRun: async () => world.run,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBug: (what, error) => bugs.push(`${what}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`),
  };
}

function editorOf(connection: ProtocolConnection, world: World, bugs: string[]): EditorClient {
  const told = new Map<string, PublishDiagnosticsParams>();
  const waiting = new Map<string, (params: PublishDiagnosticsParams) => void>();
  connection.onNotification(PublishDiagnosticsNotification.type, (params) => {
    const key = `${params.version} ${params.uri}`;
    told.set(key, params);
    waiting.get(key)?.(params);
  });
  const send = (sent: Promise<void>): void => {
    sent.catch((error: unknown) => bugs.push(String(error)));
  };
  return {
    connection,
    world,
    bugs,
    open(text, uri = SPEC_URI, languageId = "planwright-spec") {
      const textDocument = { uri, languageId, version: 1, text };
      send(connection.sendNotification(DidOpenTextDocumentNotification.type, { textDocument }));
    },
    change(version, contentChanges, uri = SPEC_URI) {
      const change = { textDocument: { uri, version }, contentChanges };
      send(connection.sendNotification(DidChangeTextDocumentNotification.type, change));
    },
    close(uri = SPEC_URI) {
      send(connection.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } }));
    },
    async diagnostics(version = 1, uri = SPEC_URI) {
      const key = `${version} ${uri}`;
      return told.get(key) ?? new Promise((resolve) => waiting.set(key, resolve));
    },
  };
}

/** Every timer is due in the next turn. */
const HASTY: LanguageHost["clock"] = {
  monotonic: () => 0,
  wall: () => new Date(Date.UTC(2026, 0, 1)),
  after: (_delay, callback) => {
    const timer = setImmediate(callback);
    return {
      cancel: () => {
        clearImmediate(timer);
      },
    };
  },
};
