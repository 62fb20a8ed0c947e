import type { AnyMessage, Stream } from "@agentclientprotocol/sdk";
import { z } from "zod";
import { isTooDeep } from "../json-depth.ts";
import { parsedJson } from "../parsed-json.ts";
import { LongLines } from "./long-lines.ts";

/** Must not throw. */
export interface WireListener {
  /** The parameters of a `session/update`, unread, in their order and before the answer that follows them. */
  update(params: unknown): void;
  /** Any message at all came: a sign of life. */
  heard(): void;
  /** What it prints there that is no message. */
  noise(bytes: Buffer): void;
  /** It said something odd that does no harm. */
  odd(text: string): void;
  /** What it says can no longer be relied on. */
  broken(text: string): void;
}

const BRACE = 0x7b;
/** A shorter line cannot be nested so deep that it harms. */
const SHORT_LINE = 1_000;

interface Message {
  readonly id: string | number | null | undefined;
  readonly method: string | undefined;
  readonly value: object;
}

/** Null: it is none of JSON-RPC. By hand, because every piece of a message comes this way. */
function messageIn(value: unknown): Message | null {
  if (typeof value !== "object" || value === null || !("jsonrpc" in value) || value.jsonrpc !== "2.0") return null;
  const id = "id" in value ? value.id : undefined;
  const method = "method" in value ? value.method : undefined;
  const isId = id === undefined || id === null || typeof id === "string" || typeof id === "number";
  return isId && (method === undefined || typeof method === "string") ? { id, method, value } : null;
}

/**
 * The messages of an agent on its standard streams, one JSON object a line (Agent Client Protocol, version 1, transports). Requests and
 * answers go on to the SDK's connection. Updates do not: there an answer overtakes the updates before it, unknown ones are an error, and
 * whatever is wrong is printed to the console.
 */
export class Wire {
  /** For the SDK's connection. */
  readonly stream: Stream;
  readonly #listener: WireListener;
  readonly #lines: LongLines;
  /** Requests of ours that are not answered yet. */
  readonly #asked = new Set<string | number | null>();
  #incoming: ReadableStreamDefaultController<AnyMessage> | null = null;
  #isOver = false;

  constructor(write: (text: string) => void, listener: WireListener) {
    this.#listener = listener;
    this.#lines = new LongLines({
      line: (bytes) => this.#line(bytes),
      tooLong: (head) => this.#tooLong(head),
    });
    this.stream = {
      readable: new ReadableStream<AnyMessage>({
        start: (controller) => {
          this.#incoming = controller;
        },
      }),
      writable: new WritableStream<AnyMessage>({
        write: (message) => {
          if ("method" in message && "id" in message) this.#asked.add(message.id);
          else if ("error" in message)
            listener.odd(`a request of it was answered with an error: ${message.error.message}`);
          write(`${JSON.stringify(message)}\n`);
        },
      }),
    };
  }

  push(chunk: Buffer): void {
    if (!this.#isOver) this.#lines.push(chunk);
  }

  /** Nothing more comes. */
  end(): void {
    if (this.#isOver) return;
    this.#lines.end();
    this.#isOver = true;
    try {
      this.#incoming?.close();
    } catch {
      // The connection has closed it already.
    }
  }

  #line(bytes: Buffer): void {
    const first = firstOf(bytes);
    if (bytes[first] !== BRACE) {
      if (first < bytes.length) this.#listener.noise(bytes);
      return;
    }
    const value = bytes.length > SHORT_LINE && isTooDeep(bytes) ? undefined : parsedJson(bytes.toString("utf8"));
    if (value === undefined) {
      this.#listener.broken(`a line of it is no JSON: ${excerpt(bytes)}`);
      return;
    }
    const message = messageIn(value);
    // Some programs print their own log there, as JSON.
    if (message !== null) this.#message(message);
    else this.#listener.noise(bytes);
  }

  #message({ id, method, value }: Message): void {
    this.#listener.heard();
    const params = "params" in value ? value.params : undefined;
    if (method === "session/update" && id === undefined) {
      this.#listener.update(params);
    } else if (method !== undefined && id !== undefined) {
      this.#pass({ jsonrpc: "2.0", id, method, params });
    } else if (method === "$/cancel_request") {
      this.#pass({ jsonrpc: "2.0", method, params });
    } else if (method !== undefined) {
      this.#listener.odd(`the notification ${quoted(method)} is not known and was ignored`);
    } else if (id === undefined || !this.#asked.delete(id)) {
      this.#listener.odd(`an answer to nothing that was asked (id ${quoted(String(id))}) was ignored`);
    } else this.#answer(id, value);
  }

  #answer(id: string | number | null, value: object): void {
    const error = RpcError.safeParse("error" in value ? value.error : undefined);
    if (error.success) this.#pass({ jsonrpc: "2.0", id, error: error.data });
    else if ("result" in value) this.#pass({ jsonrpc: "2.0", id, result: value.result });
    else this.#listener.broken("an answer of it has neither a result nor an error");
  }

  #pass(message: AnyMessage): void {
    try {
      this.#incoming?.enqueue(message);
    } catch {
      // The connection is closed, because the attempt is over.
    }
  }

  #tooLong(head: string): void {
    if (head.includes('"session/update"')) this.#listener.odd("an update that is too long was ignored");
    else this.#listener.broken("a message of it is too long to be read");
  }
}

const RpcError = z
  .looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() })
  .transform(({ code, message, data }) => ({ code, message, ...(data === undefined ? {} : { data }) }));

/** Where the first byte is that is no space. */
function firstOf(bytes: Buffer): number {
  const found = bytes.findIndex((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a);
  return found === -1 ? bytes.length : found;
}

function excerpt(bytes: Buffer): string {
  return quoted(bytes.toString("utf8", 0, 200).trim());
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 99)}…` : text);
}
