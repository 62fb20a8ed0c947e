import * as vscode from "vscode";
import {
  CloseAction,
  CodeLensRequest,
  ErrorAction,
  LanguageClient,
  RevealOutputChannelOn,
  State,
  type DocumentSelector,
} from "vscode-languageclient/node";
import { REGISTERED_LENSES } from "../schemas/language-options.ts";
import type { LanguageSocket } from "../worker/link/language-socket.ts";
import type { FolderSession } from "./session.ts";

/** Documents of this language are read wherever they are. */
const LANGUAGE_ID = "planwright-spec";

export interface SpecClientOptions {
  readonly session: FolderSession;
  /** The worker is there, or cannot be had. */
  readonly connected: Promise<unknown>;
  readonly output: vscode.LogOutputChannel;
  /** Whether documents that are not saved anywhere yet belong to this folder. */
  readonly untitled: boolean;
  /** Of the files in the folder that are read whatever their language is: it stays theirs, with all that other extensions do. */
  readonly globs: readonly string[];
  /** Whether a document belongs to this folder: folders may lie in one another. */
  owns(uri: vscode.Uri): boolean;
  /** The connection was lost, or the server has ended. */
  onEnd(): void;
}

/** The running client of one folder. */
export interface SpecClient {
  /** Ends it, in order if the server still answers. Never rejects. */
  end(): Promise<void>;
}

/** How long the server may take to say goodbye. */
const STOP_MS = 1_000;
/** How long an editor's question for lenses waits for the worker: those of other extensions in the file are shown with them. */
const LENSES_WAIT_MS = 3_000;
/** In characters. Larger texts are not sent: the server takes messages of 8 MiB, and would end the connection of all specs. */
const LARGEST = 2_000_000;

/**
 * Starts the language client of a folder. The worker is started for it. Throws FailureError when there is no worker to be had. What
 * goes wrong later is told to `onEnd` and to nobody else: the link says it once for all that depends on the worker.
 */
export async function startSpecClient(options: SpecClientOptions): Promise<SpecClient> {
  const { session, output, connected, onEnd } = options;
  const { folder, link } = session;
  const ready = Promise.withResolvers<boolean>();
  /** What was asked too early. */
  const withoutLenses = new Set<vscode.TextDocument>();
  const opened = Promise.withResolvers<LanguageSocket>();
  // Who does it, as what it is read, and what it is for: all of it stands in other files than the spec.
  const beside = [".planwright/{agents,specs}.json", "**/{requirements,bugfix,spec}.md"].map((glob) =>
    vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, glob)),
  );
  const baseUri = folder.uri.toString();
  const documentSelector: DocumentSelector = [
    { language: LANGUAGE_ID, scheme: "file", pattern: { baseUri, pattern: "**/*" } },
    ...options.globs.map((pattern) => ({ scheme: "file", pattern: { baseUri, pattern } })),
    ...(options.untitled ? [{ language: LANGUAGE_ID, scheme: "untitled" }] : []),
  ];
  const client = new LanguageClient("planwright", "Planwright", () => opened.promise, {
    documentSelector,
    initializationOptions: REGISTERED_LENSES,
    synchronize: { fileEvents: beside },
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationFailedHandler: () => false,
    errorHandler: {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: () => ({ action: CloseAction.DoNotRestart, handled: true, message: "Specs: the worker is gone." }),
    },
    middleware: {
      didOpen: async (document, next) => {
        if (options.owns(document.uri) && document.getText().length <= LARGEST) await next(document);
      },
      provideCodeLenses: async (document, token, next) => {
        if (await within(ready.promise, LENSES_WAIT_MS)) return next(document, token);
        withoutLenses.add(document);
        return null;
      },
    },
  });
  // VS Code takes its time from a provider of lenses to its first question, so it gets ours while the worker is still starting.
  const lenses = client.getFeature(CodeLensRequest.method);
  lenses.register({ id: crypto.randomUUID(), registerOptions: { documentSelector } });
  const states = client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped) onEnd();
  });
  let socket: LanguageSocket | null = null;
  const end = async (): Promise<void> => {
    states.dispose();
    ready.resolve(false);
    lenses.clear();
    for (const watcher of beside) watcher.dispose();
    // A client that never began or is gone already refuses to stop.
    await client.dispose(STOP_MS).catch(() => {});
    socket?.close();
  };
  try {
    await connected;
    // Before the client is started, so that it never fails to, of which it would tell in a message.
    socket = await link.openLanguage();
    opened.resolve(socket);
    await client.start();
    ready.resolve(true);
    for (const document of withoutLenses) lenses.getProvider(document)?.onDidChangeCodeLensEmitter.fire();
  } catch (error) {
    await end();
    throw error;
  }
  return { end };
}

/** The answer; false when it takes longer. */
async function within(answer: Promise<boolean>, ms: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => {
    late.resolve(false);
  }, ms);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
