import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import type { FolderSession } from "./session.ts";

/** Documents of this language are read wherever they are. */
const LANGUAGE_ID = "planwright-spec";

export interface SpecClientOptions {
  readonly session: FolderSession;
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
/** In characters. Larger texts are not sent: the server takes messages of 8 MiB, and would end the connection of all specs. */
const LARGEST = 2_000_000;

/**
 * Starts the language client of a folder. The worker is started for it. Throws FailureError when there is no worker to be had. What
 * goes wrong later is told to `onEnd` and to nobody else: the link says it once for all that depends on the worker.
 */
export async function startSpecClient(options: SpecClientOptions): Promise<SpecClient> {
  const { session, output, onEnd } = options;
  const { folder, link } = session;
  // Before the client is made, so that it never fails to start, of which it would tell in a message.
  const socket = await link.openLanguage();
  // Who does it, as what it is read, and what it is for: all of it stands in other files than the spec.
  const beside = [".planwright/{agents,specs}.json", "**/{requirements,bugfix,spec}.md"].map((glob) =>
    vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, glob)),
  );
  const baseUri = folder.uri.toString();
  const client = new LanguageClient(
    "planwright",
    "Planwright",
    async () => ({ reader: socket.reader, writer: socket.writer }),
    {
      documentSelector: [
        { language: LANGUAGE_ID, scheme: "file", pattern: { baseUri, pattern: "**/*" } },
        ...options.globs.map((pattern) => ({ scheme: "file", pattern: { baseUri, pattern } })),
        ...(options.untitled ? [{ language: LANGUAGE_ID, scheme: "untitled" }] : []),
      ],
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
      },
    },
  );
  const states = client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped) onEnd();
  });
  const end = async (): Promise<void> => {
    states.dispose();
    for (const watcher of beside) watcher.dispose();
    // A client that never began or is gone already refuses to stop.
    await client.dispose(STOP_MS).catch(() => {});
    socket.close();
  };
  try {
    await client.start();
  } catch (error) {
    await end();
    throw error;
  }
  return { end };
}
