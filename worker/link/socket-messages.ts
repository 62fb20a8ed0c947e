import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  type Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import type { RawData, WebSocket } from "ws";

/**
 * JSON-RPC 2.0 over an open WebSocket, one message a text frame. A frame that is not a JSON-RPC message closes the socket
 * with 1002 (protocol error). When the socket closes, the connection is disposed and pending requests reject.
 */
export function connectionOver(socket: WebSocket): MessageConnection {
  const connection = createMessageConnection(new SocketReader(socket), new SocketWriter(socket), SILENT);
  connection.onClose(() => {
    connection.dispose();
  });
  return connection;
}

/** The same messages for a protocol that brings its own connection: that of language servers. */
export function transportsOver(socket: WebSocket): { readonly reader: MessageReader; readonly writer: MessageWriter } {
  return { reader: new SocketReader(socket), writer: new SocketWriter(socket) };
}

/** Closing a socket that is beyond its limits must not wait for a peer that does not answer. */
const CLOSE_GRACE_MS = 2_000;

export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(code, reason);
  const force = setTimeout(() => {
    socket.terminate();
  }, CLOSE_GRACE_MS);
  force.unref();
  socket.once("close", () => {
    clearTimeout(force);
  });
}

class SocketReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }

  listen(callback: DataCallback): Disposable {
    const onMessage = (data: RawData, isBinary: boolean): void => {
      // What follows a frame that broke the protocol is not looked at any more.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      const message = isBinary ? null : toMessage(data);
      if (message === null) closeSocket(this.#socket, 1002, "not a JSON-RPC 2.0 message");
      else if (message !== "ignored") callback(message);
    };
    const onClose = (): void => {
      this.fireClose();
    };
    // Nobody would tell any more what is over already.
    if (this.#socket.readyState === this.#socket.CLOSED) queueMicrotask(onClose);
    this.#socket.on("message", onMessage);
    this.#socket.on("close", onClose);
    // The socket reports what went wrong and then closes; without a listener the report would be thrown.
    this.#socket.on("error", ignore);
    return {
      dispose: () => {
        this.#socket.off("message", onMessage);
        this.#socket.off("close", onClose);
      },
    };
  }
}

class SocketWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
  }

  /** Resolves when the frame has left for the kernel, or when the socket is gone: its loss is told by the close, once. */
  write(message: Message): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.send(JSON.stringify(message), () => {
        resolve();
      });
    });
  }

  end(): void {}
}

/** The request ids and shapes that vscode-jsonrpc takes for granted are checked here, where the text arrives. */
function toMessage(data: RawData): Message | "ignored" | null {
  let value: unknown;
  try {
    value = JSON.parse(textOf(data));
  } catch {
    return null;
  }
  if (!isMessage(value)) return null;
  const method: unknown = Reflect.get(value, "method");
  if (typeof method !== "string" || Reflect.has(value, "id") || !method.startsWith("$/")) return value;
  // Notifications that begin with `$/` are optional; only cancellation means something here, and it needs its id.
  if (method !== "$/cancelRequest") return "ignored";
  const params: unknown = Reflect.get(value, "params");
  return isObject(params) && isId(Reflect.get(params, "id")) ? value : null;
}

function isMessage(value: unknown): value is Message {
  if (!isObject(value) || Array.isArray(value) || Reflect.get(value, "jsonrpc") !== "2.0") return false;
  const hasId = Object.hasOwn(value, "id");
  if (hasId && !isId(Reflect.get(value, "id"))) return false;
  if (Object.hasOwn(value, "method")) {
    const params: unknown = Reflect.get(value, "params");
    return typeof Reflect.get(value, "method") === "string" && (params === undefined || isObject(params));
  }
  return hasId && (Object.hasOwn(value, "result") || isObject(Reflect.get(value, "error")));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isId(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}

function ignore(): void {}

/** vscode-jsonrpc would log peers' mistakes to the console otherwise. */
const SILENT = { error: ignore, warn: ignore, info: ignore, log: ignore };
