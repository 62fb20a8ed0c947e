import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSocketServer, type Server as SocketServer, type Socket } from "node:net";
import { HttpRequest } from "../../schemas/agent-protocol.ts";
import type { AgentAdapter, AgentDefinition } from "../../schemas/agent.ts";
import { builtIn } from "./attempts.ts";

type HttpSettings = Extract<AgentAdapter, { kind: "http" }>;

/** What a request was like, and the way to answer it. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** As it was sent; empty for a GET. */
  readonly body: string;
  /** The request as agreed; throws when it is none. */
  readonly request: () => HttpRequest;
  readonly response: ServerResponse;
  /** Answers as agreed, with changes. */
  readonly answer: (more?: Readonly<Record<string, unknown>>, status?: number) => void;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** A service on 127.0.0.1. */
export interface TestService {
  readonly url: string;
  readonly port: number;
  readonly asked: Asked[];
  stop(): Promise<void>;
}

/** A service whose behaviour is a function. */
export async function startService(behave: (asked: Asked) => void): Promise<TestService> {
  const asked: Asked[] = [];
  const server = createServer((message, response) => {
    let body = "";
    const closed = once(response, "close").then(() => undefined);
    message.on("data", (chunk) => (body += String(chunk)));
    message.on("end", () => {
      const request = (): HttpRequest => HttpRequest.parse(JSON.parse(body));
      const one: Asked = {
        method: message.method ?? "",
        path: message.url ?? "",
        headers: message.headers,
        body,
        request,
        response,
        closed,
        answer: (more = {}, status = 200) => {
          response.writeHead(status, { "content-type": "application/json" });
          response.end(JSON.stringify({ ...answerTo(request()), ...more }));
        },
      };
      asked.push(one);
      behave(one);
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/run`,
    port,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await closed(server);
    },
  };
}

/** A service that speaks by the byte; `behave` gets the connection after the first bytes of a request. */
export async function startRawService(behave: (socket: Socket, request: string) => void): Promise<TestService> {
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", (chunk) => behave(socket, String(chunk)));
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}/run`,
    port,
    asked: [],
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await closed(server);
    },
  };
}

/** Does nothing when it was closed before. */
async function closed(server: SocketServer): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, "close");
}

export function answerTo(request: HttpRequest): Record<string, unknown> {
  const { id, correlationId } = request;
  return { id, timestamp: "2026-01-01T00:00:00.000Z", success: true, result: { text: "done" }, correlationId };
}

/** An agent that is a service. */
export function httpAgent(
  urls: readonly string[],
  settings: Partial<Omit<HttpSettings, "kind" | "urls">> = {},
  more: Partial<AgentDefinition> = {},
): AgentDefinition {
  return {
    ...builtIn("shell"),
    id: "remote",
    name: "Remote",
    capabilities: [],
    ...more,
    adapter: {
      kind: "http",
      urls: [...urls],
      headers: {},
      tokenEnv: null,
      redirects: 0,
      allowPrivate: true,
      maxBytes: 10_000_000,
      health: null,
      healthInterval: 30_000,
      ...settings,
    },
  };
}

async function listen(server: Server | SocketServer): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
