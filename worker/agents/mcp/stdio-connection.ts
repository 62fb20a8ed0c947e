import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { JSONRPCMessageSchema, type JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import type { AttemptHandle, AttemptSink } from "../adapter.ts";
import { LongLines } from "../acp/long-lines.ts";
import { isTooDeep } from "../json-depth.ts";
import { parsedJson } from "../parsed-json.ts";
import type { Channel, ProcessEnd, ProcessRequest } from "../process-request.ts";
import { runProcess } from "../run-process.ts";

/** A server that sees the end of its input gets this long to end by itself. */
const LEAVE_MS = 2_000;

/**
 * A server as a program of ours: one JSON object a line on its standard streams (Model Context Protocol 2025-06-18, transports). What it
 * prints there that is no message goes to the log, as its standard error does.
 */
export class StdioConnection implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  readonly #request: Omit<ProcessRequest, "talk" | "input">;
  readonly #sink: AttemptSink;
  #process: AttemptHandle<ProcessEnd> | null = null;
  #channel: Channel | null = null;

  constructor(request: Omit<ProcessRequest, "talk" | "input">, sink: AttemptSink) {
    this.#request = request;
    this.#sink = sink;
  }

  /** How it ended; null: it was never started. */
  get ended(): Promise<ProcessEnd> | null {
    return this.#process?.result ?? null;
  }

  /** Resolves when it runs. Rejects when it ended before that: `ended` says why. */
  start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const lines = new LongLines({
      line: (bytes) => this.#line(bytes),
      tooLong: () => this.onerror?.(new Error("a message of the server is too long to be read")),
    });
    this.#process = runProcess(
      {
        ...this.#request,
        input: null,
        talk: {
          transport: "lines",
          opened: (channel) => {
            this.#channel = channel;
            resolve();
          },
          heard: (chunk) => lines.push(chunk),
        },
      },
      this.#sink,
    );
    this.#process.result.then(
      () => {
        reject(new Error("the server has ended"));
        lines.end();
        this.onclose?.();
      },
      // A process's end does not reject.
      reject,
    );
    return promise;
  }

  send(message: JSONRPCMessage): Promise<void> {
    this.#channel?.write(`${JSON.stringify(message)}\n`);
    return Promise.resolve();
  }

  /** Ends it, politely. Resolves when its whole tree is gone. */
  async close(): Promise<void> {
    this.#channel?.end();
    const timer = setTimeout(() => this.stop(LEAVE_MS), LEAVE_MS);
    await this.#process?.result;
    clearTimeout(timer);
  }

  stop(graceMs: number): void {
    this.#process?.stop(graceMs);
  }

  #line(bytes: Buffer): void {
    const value = isTooDeep(bytes) ? undefined : parsedJson(bytes.toString("utf8"));
    const message = JSONRPCMessageSchema.safeParse(value);
    if (message.success) this.onmessage?.(message.data);
    else if (bytes.toString("latin1").trim() !== "") {
      this.#sink.output("stderr", bytes);
      this.#sink.output("stderr", NEWLINE);
    }
  }
}

const NEWLINE = Buffer.from("\n");
