import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Audience } from "../../schemas/operation.ts";
import { closeSocket } from "../link/socket-messages.ts";
import type { Clock } from "../run/ports.ts";

/** What a connection is for: the operations, or the language server of an editor. */
export type Door = "rpc" | "lsp";

/** The listening worker. */
export interface Listener {
  readonly port: number;
  /** Authenticated connections at this moment. */
  clients(): number;
  /** Takes no new connection, says "going away" to those there are, and resolves when all are closed. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** The person's token: 256 random bits in base64url. */
  readonly token: string;
  readonly clock: Pick<Clock, "after">;
  onConnection(socket: WebSocket, audience: Audience, door: Door): void;
  onClientsChange(): void;
}

// An import statement reads every export of a built-in module, and one of node:http's loads the whole of fetch (40 ms).
const { createServer, STATUS_CODES } = process.getBuiltinModule("node:http");

/** Within this time a connection must have sent its request and got through authentication. */
const HANDSHAKE_MS = 5_000;
const MAX_FRAME_BYTES = 8 * 1024 * 1024;
const DOORS: ReadonlyMap<string, Door> = new Map([
  ["/rpc", "rpc"],
  ["/lsp", "lsp"],
]);
const MAX_CONNECTIONS = 64;
const PING_MS = 30_000;

/**
 * Listens on 127.0.0.1 at a free port. It knows a WebSocket on `/rpc` and one on `/lsp` for who shows the token in the Authorization
 * header, and `GET /health`, which says nothing but 200. Requests of browsers are refused whatever they know: a page that resolves its own
 * name to 127.0.0.1 (DNS rebinding) sends its name in `Host`, and any page sends an `Origin`.
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: HANDSHAKE_MS, headersTimeout: HANDSHAKE_MS });
  // The default looks for stalled requests only every 30 s.
  server.setTimeout(HANDSHAKE_MS);
  server.maxConnections = MAX_CONNECTIONS * 2;
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
  });
  server.on("request", (request, response) => {
    const status = refusal(request, portOf(server)) ?? (isHealth(request) ? 200 : 404);
    response.writeHead(status, { "content-type": "text/plain", connection: "close" });
    response.end(status === 200 ? "ok\n" : `${STATUS_CODES[status] ?? ""}\n`);
  });
  server.on("upgrade", (request, socket, head) => {
    const status = upgradeRefusal(request, portOf(server), options.token, sockets.clients.size);
    const door = DOORS.get(request.url ?? "");
    if (status !== null || door === undefined) {
      refuse(socket, status ?? 404);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      client.once("close", options.onClientsChange);
      options.onConnection(client, "person", door);
      options.onClientsChange();
    });
  });
  // Nothing is owed to a peer that does not speak HTTP.
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const heartbeat = keepAlive(sockets, options.clock);
  return {
    port: portOf(server),
    clients: () => sockets.clients.size,
    close: async () => {
      heartbeat.stop();
      await closeAll(server, sockets);
    },
  };
}

function upgradeRefusal(request: IncomingMessage, port: number, token: string, clients: number): number | null {
  const refused = refusal(request, port);
  if (refused !== null) return refused;
  if (!isAuthorized(request.headers.authorization, token)) return 401;
  if (!DOORS.has(request.url ?? "")) return 404;
  return clients >= MAX_CONNECTIONS ? 503 : null;
}

function refusal(request: IncomingMessage, port: number): number | null {
  if (request.headers.origin !== undefined) return 403;
  const { host } = request.headers;
  return host === `127.0.0.1:${port}` || host === `localhost:${port}` ? null : 403;
}

/** Digests have one length, so the comparison takes the same time for every token, also for one of another length. */
function isAuthorized(header: string | undefined, token: string): boolean {
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${token}`));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function isHealth(request: IncomingMessage): boolean {
  return request.method === "GET" && request.url === "/health";
}

function refuse(socket: Duplex, status: number): void {
  socket.on("error", () => {});
  // A peer that keeps its half open would hold the connection.
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Ends connections whose client is gone or does not read: one that has not answered a ping by the next is cut off. */
function keepAlive(sockets: WebSocketServer, clock: Pick<Clock, "after">): { stop(): void } {
  const waiting = new WeakSet<WebSocket>();
  const round = (): void => {
    for (const socket of sockets.clients) {
      if (waiting.has(socket)) {
        socket.terminate();
        continue;
      }
      waiting.add(socket);
      socket.once("pong", () => waiting.delete(socket));
      socket.ping();
    }
    timer = clock.after(PING_MS, round);
  };
  let timer = clock.after(PING_MS, round);
  return {
    stop: () => {
      timer.cancel();
    },
  };
}

async function closeAll(server: Server, sockets: WebSocketServer): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => {
      resolve();
    });
  });
  for (const socket of sockets.clients) closeSocket(socket, 1001, "the worker leaves");
  // Those that are no WebSocket yet.
  server.closeAllConnections();
  await closed;
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
