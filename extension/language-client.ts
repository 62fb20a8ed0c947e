import * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, RevealOutputChannelOn, State } from "vscode-languageclient/node";
import type { FolderSession } from "./session.ts";

/** Of the documents that the language server reads. */
export const LANGUAGE_ID = "planwright-spec";

export interface SpecClientOptions {
  readonly session: FolderSession;
  readonly output: vscode.LogOutputChannel;
  /** Whether documents that are not saved anywhere yet belong to this folder. */
  readonly untitled: boolean;
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
  const agents = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(folder, ".planwright/agents.json"),
  );
  const client = new LanguageClient(
    "planwright",
    "Planwright",
    async () => ({ reader: socket.reader, writer: socket.writer }),
    {
      documentSelector: [
        { language: LANGUAGE_ID, scheme: "file", pattern: { baseUri: folder.uri.toString(), pattern: "**/*" } },
        ...(options.untitled ? [{ language: LANGUAGE_ID, scheme: "untitled" }] : []),
      ],
      synchronize: { fileEvents: agents },
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
    agents.dispose();
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
