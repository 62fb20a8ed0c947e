import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { z } from "zod";
import { chat } from "./chat.ts";
import { refuse, say, type Answer, type ModelRequest, type Speech } from "./conversation.ts";
import type { Dialect, Piece } from "./dialect.ts";
import { gemini } from "./gemini.ts";
import { messages } from "./messages.ts";
import { responses } from "./responses.ts";

/** One thing that the model does. The first turn that fits a request and is not used up answers it. */
export interface Turn {
  /** For the words about turns that never came. */
  readonly name: string;
  readonly when: (request: ModelRequest) => boolean;
  readonly answer: Answer | ((request: ModelRequest) => Answer);
  /** How often; once if it is left out. */
  readonly times?: number;
}

/** A request as it came in. */
export interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
  readonly request: ModelRequest;
  /** Name of the turn that answered; null: none did. */
  readonly turn: string | null;
  /** Resolves when the other side is gone or has read the answer. */
  readonly closed: Promise<void>;
}

/** Longest body; what agents send is below a megabyte. */
const MAX_BODY_BYTES = 20_000_000;
/** The only one in the list of models; a request may name any. */
const MODEL = "scripted-model";
const DIALECTS: readonly (readonly [RegExp, Dialect])[] = [
  [/\/chat\/completions$/, chat],
  [/\/responses$/, responses],
  [/\/messages$/, messages],
  [/\/models\/[^/:]+:(?:streamGenerateContent|generateContent)$/, gemini],
];

/**
 * A service of language models on 127.0.0.1 that says what a script says. It speaks four dialects, in one and as streams, and keeps what it
 * was asked. A request that nothing in the script fits gets an error that names it, so a test does not pass by chance. It does not keep its
 * process alive.
 */
export class ModelServer {
  readonly port: number;
  /** What was asked, in order. */
  readonly asked: Asked[] = [];
  /** What was asked for beside models' answers and is not known, as method and path. */
  readonly strange: string[] = [];
  readonly #server: Server;
  readonly #turns: { readonly turn: Turn; used: number }[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #now: () => number;

  private constructor(server: Server, port: number, turns: readonly Turn[], now: () => number) {
    this.#server = server;
    this.port = port;
    this.#now = now;
    this.play(...turns);
  }

  /** `now` in milliseconds since 1970, for the times at which quotas come back. */
  static async start(turns: readonly Turn[], now: () => number = Date.now): Promise<ModelServer> {
    const server = createServer((message, response) => {
      body(message).then(
        (text) => model.#answer(message, text, response),
        () => response.destroy(),
      );
    });
    server.unref();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the system gave no port");
    const model = new ModelServer(server, address.port, turns, now);
    return model;
  }

  /** Without a path: most programs add `/v1` or the like to it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** More turns, after those that are there. */
  play(...turns: Turn[]): void {
    for (const turn of turns) this.#turns.push({ turn, used: 0 });
  }

  /** What was asked and no turn was for. */
  get unexpected(): Asked[] {
    return this.asked.filter(({ turn }) => turn === null);
  }

  /** Names of the turns that came less often than they were written for; those without an end need not come. */
  get missing(): string[] {
    return this.#turns
      .filter(({ turn: { times = 1 }, used }) => Number.isFinite(times) && used < times)
      .map(({ turn }) => turn.name);
  }

  /** Resolves with the first request that a turn of this name answered, also one that came before. */
  async played(name: string): Promise<Asked> {
    for (;;) {
      const found = this.asked.find(({ turn }) => turn === name);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(message: IncomingMessage, text: string, response: ServerResponse): void {
    const path = new URL(message.url ?? "/", this.url).pathname;
    const [, dialect] = DIALECTS.find(([pattern]) => pattern.test(path)) ?? [];
    if (message.method !== "POST" || dialect === undefined)
      return this.#answerAside(message.method ?? "", path, response);
    const read = readRequest(dialect, path, text);
    if (typeof read === "string") {
      this.strange.push(`${path}: ${read}`);
      return sendError(response, dialect, refuse(400, read), this.#now());
    }
    const entry = this.#turns.find(({ turn, used }) => used < (turn.times ?? 1) && turn.when(read.request));
    if (entry !== undefined) entry.used += 1;
    const turn = entry?.turn.name ?? null;
    const closed = once(response, "close").then(() => undefined);
    this.asked.push({ path, headers: message.headers, ...read, turn, closed });
    const planned =
      entry?.turn.answer ?? refuse(400, `The script has no turn for this request: ${summary(read.request)}`);
    const answer = typeof planned === "function" ? planned(read.request) : planned;
    if (answer.kind === "refusal") sendError(response, dialect, answer, this.#now());
    else sendSpeech(response, dialect, answer, read.request, this.asked.length);
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** What programs ask besides: which models there are, how long a text is, whether somebody is there. */
  #answerAside(method: string, path: string, response: ServerResponse): void {
    if (method === "HEAD" || (method === "GET" && path === "/")) return sendJson(response, 200, {});
    if (method === "GET" && path.endsWith("/models")) {
      const model = { id: MODEL, object: "model", type: "model", display_name: MODEL, created: 1, owned_by: "test" };
      return sendJson(response, 200, { object: "list", data: [model], has_more: false });
    }
    if (path.endsWith("/count_tokens")) return sendJson(response, 200, { input_tokens: 1_000 });
    if (path.endsWith(":countTokens")) return sendJson(response, 200, { totalTokens: 1_000 });
    this.strange.push(`${method} ${path}`);
    sendJson(response, 404, { error: { message: `${method} ${path} is not known here`, type: "not_found" } });
  }
}

/** A turn for questions that programs ask on the side, such as a title for the session: they offer no tools. */
export function asides(text = "Scripted"): Turn {
  return { name: "asides", when: ({ tools }) => tools.length === 0, answer: say(text), times: Infinity };
}

async function body(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of message) {
    const piece = Buffer.from(z.instanceof(Uint8Array).parse(chunk));
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new Error("the request is too large");
    chunks.push(piece);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The request, or what is wrong with it. */
function readRequest(dialect: Dialect, path: string, text: string): { body: unknown; request: ModelRequest } | string {
  try {
    const content: unknown = JSON.parse(text);
    return { body: content, request: dialect.read(path, content) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  content: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(content));
}

function sendError(
  response: ServerResponse,
  dialect: Dialect,
  refusal: Parameters<Dialect["error"]>[0],
  now: number,
): void {
  const error = dialect.error(refusal, now);
  sendJson(response, refusal.status, error.body, error.headers);
}

function sendSpeech(
  response: ServerResponse,
  dialect: Dialect,
  speech: Speech,
  { model, stream }: ModelRequest,
  number: number,
): void {
  const reply = { ...speech, number, model };
  const all = stream ? dialect.pieces(reply).map(eventText) : [JSON.stringify(dialect.whole(reply))];
  const sent = speech.cut === null ? all : all.slice(0, stream ? speech.cut.after : 0);
  if (sent.length > 0) response.writeHead(200, { "content-type": stream ? "text/event-stream" : "application/json" });
  // What was written goes out before the connection breaks.
  const isDropped = speech.cut?.by === "drop";
  const last = isDropped ? () => response.destroy() : () => undefined;
  if (sent.length > 0) response.write(sent.join(""), last);
  else last();
  if (speech.cut === null) response.end();
}

function eventText({ event, data }: Piece): string {
  return `${event === null ? "" : `event: ${event}\n`}data: ${data}\n\n`;
}

function summary({ dialect, model, messages: spoken, tools }: ModelRequest): string {
  const last = spoken.at(-1);
  const said = last?.results.at(-1)?.text ?? last?.text ?? "";
  return `${dialect} ${model}, ${spoken.length} messages, ${tools.length} tools, the last: ${said.slice(-300)}`;
}
