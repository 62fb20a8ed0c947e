import type { MessageReader, MessageWriter } from "vscode-jsonrpc/node";
import { WebSocket } from "ws";
import { failure, FailureError } from "../../schemas/failure.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { closeSocket, transportsOver } from "./socket-messages.ts";

/** The way to a worker's language server, as a language client takes it. */
export interface LanguageSocket {
  readonly reader: MessageReader;
  readonly writer: MessageWriter;
  /** Ends the connection. */
  close(): void;
}

/** As for the operations: longer, and the worker counts as gone. */
const HANDSHAKE_MS = 5_000;
const MAX_PAYLOAD = 64 * 1024 * 1024;

/** Opens the language server of a worker on this machine. Throws FailureError `worker_unavailable` when it cannot be reached. */
export async function openLanguageSocket({ port, token }: WorkerRecord): Promise<LanguageSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/lsp`, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: HANDSHAKE_MS,
    maxPayload: MAX_PAYLOAD,
    perMessageDeflate: false,
    followRedirects: false,
  });
  const transports = transportsOver(socket);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
      socket.once("close", () => {
        reject(new Error("it was closed"));
      });
    });
  } catch (error) {
    // Closing reports once more what went wrong.
    socket.on("error", () => {});
    socket.terminate();
    const why = error instanceof Error ? error.message : String(error);
    throw new FailureError(
      failure("worker_unavailable", `the worker cannot be reached for what the editor shows of specs (${why})`, {
        retryable: true,
      }),
    );
  }
  return {
    ...transports,
    close: () => {
      closeSocket(socket, 1000, "");
    },
  };
}
