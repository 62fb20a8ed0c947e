import { once } from "node:events";
import { createServer } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { parseFrame } from "./raw-peer.ts";

/** How a fake worker behaves once a client is connected. */
export type Behaviour =
  "never answers" | "never opens" | "closes" | "refuses" | "speaks protocol 99" | "speaks protocol 0";

/** Something in this process that listens where a worker is expected, and misbehaves. */
export async function fakeWorker(
  behaviour: Behaviour,
  folder = "/anywhere",
): Promise<{ port: number; asked: string[]; close(): Promise<void> }> {
  const asked: string[] = [];
  const protocol = behaviour === "speaks protocol 0" ? 0 : 99;
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  const opening = new Set<Duplex>();
  http.on("upgrade", (request, socket, head) => {
    opening.add(socket);
    socket.on("error", () => {});
    if (behaviour === "refuses") socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
    if (behaviour === "refuses" || behaviour === "never opens") return;
    sockets.handleUpgrade(request, socket, head, (client) => {
      if (behaviour === "closes") client.close();
      if (!behaviour.startsWith("speaks")) return;
      client.on("message", (data) => {
        const { id, method = "" } = parseFrame(data);
        asked.push(method);
        const who = { version: `${protocol === 0 ? 0 : 9}.0.0`, pid: process.pid, folder };
        const results: Record<string, object> = {
          "worker.hello": { protocol, ...who, epoch: 1 },
          "worker.status": { ...who, uptime: 1, clients: 1, running: ["what-runs"], draining: false },
          "worker.drain": { running: 1 },
        };
        client.send(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] }));
      });
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (typeof address !== "object" || address === null) throw new Error("it does not listen on a port");
  return {
    port: address.port,
    asked,
    close: async () => {
      for (const socket of opening) socket.destroy();
      http.close();
      await once(http, "close");
    },
  };
}
