import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { HookPayload } from "../../schemas/hook.ts";

export interface Arrival {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly payload: HookPayload;
}

/** What a receiver does with an arrival; the first has number 1. */
export type Answer = (response: ServerResponse, arrival: Arrival, number: number) => void;

/** A server that hooks are sent to. */
export class HookReceiver {
  readonly arrivals: Arrival[] = [];
  readonly url: string;
  readonly #close: () => Promise<void>;
  readonly #waiting = new Set<() => void>();

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(answer: Answer): Promise<HookReceiver> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const body = Buffer.concat(chunks).toString("utf8");
        const arrival = { headers: request.headers, body, payload: HookPayload.parse(JSON.parse(body)) };
        receiver.#arrived(arrival);
        answer(response, arrival, receiver.arrivals.length);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address !== "object" || address === null) throw new Error("no port");
    const receiver = new HookReceiver(`http://127.0.0.1:${address.port}/hook`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return receiver;
  }

  /** Resolves when so many have arrived. */
  async arrived(count: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.arrivals.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }

  #arrived(arrival: Arrival): void {
    this.arrivals.push(arrival);
    for (const look of [...this.#waiting]) look();
  }
}
