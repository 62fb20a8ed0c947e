import { WebSocket } from "ws";
import type { Connection } from "../../schemas/client.ts";
import { closeSocket, connectionOver } from "./socket-messages.ts";

/** What came of an attempt to reach a worker. */
export type Opening =
  | { readonly kind: "open"; readonly connection: Connection }
  /** Nobody listens there any more, or somebody who does not know the token: the record is out of date. */
  | { readonly kind: "gone"; readonly reason: string }
  | { readonly kind: "full" }
  /** Something accepts connections and does not answer. */
  | { readonly kind: "silent" };

/** The largest message that a client takes. A batch is far smaller; a plan of 10,000 steps is the largest answer. */
const MAX_PAYLOAD = 64 * 1024 * 1024;

/**
 * Opens the WebSocket of a worker on this machine. Never rejects: when the signal is aborted, the worker counts as gone. The token
 * travels in a header only, never in the URL.
 */
export function openConnection(
  port: number,
  token: string,
  timeoutMs: number,
  signal: AbortSignal = new AbortController().signal,
): Promise<Opening> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: timeoutMs,
      maxPayload: MAX_PAYLOAD,
      perMessageDeflate: false,
      followRedirects: false,
    });
    const onAbort = (): void => {
      socket.terminate();
    };
    signal.addEventListener("abort", onAbort);
    // Whatever comes of it ends with one of these two.
    socket.once("close", () => {
      signal.removeEventListener("abort", onAbort);
    });
    if (signal.aborted) onAbort();
    socket.once("open", () => {
      signal.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      resolve({ kind: "open", connection: overSocket(socket) });
    });
    socket.once("unexpected-response", (request, response) => {
      request.destroy();
      resolve(
        response.statusCode === 503 ? { kind: "full" } : { kind: "gone", reason: `it answered ${response.statusCode}` },
      );
    });
    const onError = (error: Error): void => {
      // ws has no code for its handshake timeout, only this text.
      if (error.message === "Opening handshake has timed out") resolve({ kind: "silent" });
      else resolve({ kind: "gone", reason: error.message });
    };
    socket.on("error", onError);
  });
}

/** The typed client's connection over an open WebSocket. `dispose` closes the socket. */
function overSocket(socket: WebSocket): Connection {
  const rpc = connectionOver(socket);
  rpc.listen();
  const listeners = new Map<string, Set<(params: unknown) => void>>();
  rpc.onNotification((method, params) => {
    for (const listener of listeners.get(method) ?? []) listener(params);
  });
  return {
    // A connection that is closed already throws at once, which must reject like any other loss.
    request: async (method, params) => rpc.sendRequest<unknown>(method, params),
    onNotification: (method, listener) => {
      const known = listeners.get(method) ?? new Set();
      listeners.set(method, known.add(listener));
      return () => {
        known.delete(listener);
      };
    },
    onClose: (listener) => {
      // Nobody would tell any more what is over already.
      if (socket.readyState === socket.CLOSED) queueMicrotask(listener);
      socket.once("close", listener);
      return () => {
        socket.off("close", listener);
      };
    },
    dispose: () => {
      rpc.dispose();
      closeSocket(socket, 1000, "");
    },
  };
}
