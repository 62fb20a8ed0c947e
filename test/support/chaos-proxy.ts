import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * A way to a port of this machine on which connections break: after so many bytes of the answer as `bytesUntilCut` says, in the middle
 * of whatever is on its way. What passes is cut into small pieces. HTTP requests get the Host that is there.
 */
export class ChaosProxy {
  /** How many connections were cut. */
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number, bytesUntilCut: () => number): Promise<ChaosProxy> {
    const server = createServer();
    const proxy = new ChaosProxy(server);
    server.on("connection", (client) => proxy.#join(client, port, bytesUntilCut()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket, port: number, bytesUntilCut: number): void {
    const worker = connect(port, "127.0.0.1");
    let left = bytesUntilCut;
    for (const socket of [client, worker]) {
      this.#sockets.add(socket);
      // A connection that is cut fails on both sides, which is what is wanted.
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        client.destroy();
        worker.destroy();
      });
    }
    client.on("data", (chunk) => {
      const text = Buffer.from(chunk).toString("latin1");
      worker.write(Buffer.from(text.replace(`127.0.0.1:${this.port}`, `127.0.0.1:${port}`), "latin1"));
    });
    worker.on("data", (chunk) => {
      const bytes = Buffer.from(chunk);
      const passes = bytes.subarray(0, left);
      for (let at = 0; at < passes.length; at += PIECE) client.write(passes.subarray(at, at + PIECE));
      left -= passes.length;
      if (left > 0) return;
      this.cuts += 1;
      // What was written so far may arrive; nothing else does.
      client.end(() => client.destroy());
      worker.destroy();
    });
  }
}

const PIECE = 700;
