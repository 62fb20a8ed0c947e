import { once } from "node:events";
import { WebSocket } from "ws";
import { Client } from "../../schemas/client.ts";
import type { Audience } from "../../schemas/operation.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import { openConnection } from "../../worker/link/socket-connection.ts";
import type { Domain } from "../../worker/server/handlers.ts";
import { CommandDesk } from "../../worker/server/idempotent.ts";
import { listen, type Listener } from "../../worker/server/listen.ts";
import { serveConnection, type Service } from "../../worker/server/rpc.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { tinyDomain } from "./tiny-domain.ts";

export const TOKEN = "t".repeat(43);

export interface Served {
  readonly listener: Listener;
  readonly port: number;
  /** What the worker's own log would say. */
  readonly bugs: string[];
  /** A client that has said hello. */
  client(): Promise<Client>;
  /** A socket that has said nothing yet. */
  socket(): Promise<WebSocket>;
}

interface ServeOptions {
  readonly domain?: Domain;
  readonly audience?: Audience;
  readonly draining?: () => boolean;
}

/** Runs a test against the real listener and dispatch in this process, with a domain of the test's choice. */
export async function withServer(options: ServeOptions, act: (served: Served) => Promise<void>): Promise<void> {
  const domain = options.domain ?? tinyDomain();
  const bugs: string[] = [];
  const who = { version: "1.2.3", pid: process.pid, folder: "/project" };
  const service: Service = {
    domain: async () => domain,
    desk: new CommandDesk(async () => domain.commands),
    clock: systemClock,
    identity: { ...who, epoch: 1 },
    status: () => ({ ...who, uptime: 0, clients: 1, running: [], draining: false }),
    greeted: new Map(),
    draining: options.draining ?? (() => false),
    drain: () => ({ running: 0 }),
    onBug: (what, error) => bugs.push(`${what}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`),
  };
  const listener = await listen({
    token: TOKEN,
    clock: systemClock,
    onConnection: (socket) => {
      serveConnection(socket, service, options.audience ?? "person");
    },
    onClientsChange: () => {},
  });
  const { port } = listener;
  const clients: Client[] = [];
  try {
    await act({
      listener,
      port,
      bugs,
      client: async () => {
        const client = await clientOf(port);
        clients.push(client);
        return client;
      },
      socket: () => rawSocket(port),
    });
  } finally {
    for (const client of clients) client.dispose();
    await listener.close();
  }
}

async function clientOf(port: number): Promise<Client> {
  const opening = await openConnection(port, TOKEN, 5_000);
  if (opening.kind !== "open") throw new Error(`not open: ${opening.kind}`);
  const client = new Client(opening.connection);
  await client.call("worker.hello", { protocol: PROTOCOL_VERSION, client: "test", version: "1.2.3" });
  return client;
}

async function rawSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/rpc`, {
    headers: { authorization: `Bearer ${TOKEN}` },
    perMessageDeflate: false,
  });
  await once(socket, "open");
  return socket;
}
