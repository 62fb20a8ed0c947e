import { request as requestHttp, type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import type { AttemptFailureCode } from "../../../schemas/failure.ts";
import type { AgentClock, AttemptHandle } from "../adapter.ts";
import { isPublicAddress, PRIVATE_ADDRESS, PrivateAddressError, publicLookup } from "./addresses.ts";

/** A connection that is not made within this time counts as failed, so that the next address of a pool gets its chance. */
const CONNECT_WITHIN_MS = 10_000;
/** How long an answer is still read after the wish to stop, for the record and for what it cost. */
const LATE_MS = 1_000;

/** What is asked of an HTTP service. */
export interface Question {
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Sent wherever it goes. Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent only to the origin of `url`. Names in lower case. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Redirects that are followed. */
  readonly redirects: number;
  readonly allowPrivate: boolean;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** A body that is larger or compressed is cut instead of refused, because its status says all that matters. */
  readonly isCut?: boolean;
}

/** `isSent`: a connection was made, so the service may have begun to work. */
export type Received =
  | {
      readonly kind: "received";
      readonly status: number;
      readonly headers: IncomingHttpHeaders;
      readonly body: Buffer;
    }
  | {
      readonly kind: "failed";
      readonly code: AttemptFailureCode;
      readonly message: string;
      readonly isSent: boolean;
    }
  | { readonly kind: "stopped"; readonly isSent: boolean };

/**
 * Asks once and reads the whole answer, over a connection of its own: no answer to something else can arrive on it. Has no deadline
 * for the answer: whoever watches the time calls `stop`, and nothing that trickles in prolongs that.
 */
export function exchange(question: Question, clock: AgentClock): AttemptHandle<Received> {
  const { promise: result, resolve } = Promise.withResolvers<Received>();
  let current: ClientRequest | null = null;
  let isOver = false;
  let isSent = false;
  let late: { cancel(): void } | null = null;
  const stop = (): void => end({ kind: "stopped", isSent });
  const end = (received: Received): void => {
    if (isOver) return;
    isOver = true;
    late?.cancel();
    resolve(received);
    current?.destroy();
  };
  const go = (hop: Hop): void => {
    const next = send(hop, question, clock, {
      connected: () => {
        isSent = true;
      },
      done: (step) => {
        if (isOver) return;
        if (step.kind === "redirect") go(step.hop);
        else end(step);
      },
    });
    if (isOver) next?.destroy();
    else current = next;
  };
  go({ url: new URL(question.url), method: question.method, count: 0 });
  return {
    result,
    stop(graceMs) {
      if (isOver) return;
      late?.cancel();
      late = null;
      if (graceMs <= 0) stop();
      else late = clock.after(Math.min(graceMs, LATE_MS), stop);
    },
  };
}

/** One request of an exchange; the first has count 0. */
interface Hop {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly count: number;
}

type Step = Received | { readonly kind: "redirect"; readonly hop: Hop };

interface Told {
  connected(): void;
  /** Called once, also at once. */
  done(step: Step): void;
}

/** Sends one request. Null: nothing could be sent. */
function send(hop: Hop, question: Question, clock: AgentClock, told: Told): ClientRequest | null {
  let isConnected = false;
  let isDone = false;
  const finish = (step: Step): void => {
    if (isDone) return;
    isDone = true;
    connecting.cancel();
    told.done(step);
  };
  const fail = (error: unknown): void => finish(failedBy(error, hop, isConnected));
  const connecting = clock.after(CONNECT_WITHIN_MS, () => {
    finish(trouble("transport", `no connection to ${nameOf(hop.url)} within 10s`, hop, false));
    request?.destroy();
  });
  let request: ClientRequest | null = null;
  try {
    refusePrivateLiteral(hop.url, question.allowPrivate);
    request = open(hop, question);
  } catch (error) {
    fail(error);
    return null;
  }
  request.on("socket", (socket) => {
    socket.once(hop.url.protocol === "https:" ? "secureConnect" : "connect", () => {
      isConnected = true;
      told.connected();
      connecting.cancel();
    });
  });
  request.on("error", fail);
  request.on("response", (response) => {
    const redirect = redirectOf(response, hop, question);
    if (redirect === null) readAll(response, question, hop, finish);
    else {
      response.destroy();
      finish(redirect);
    }
  });
  request.end(hop.method === "POST" ? (question.body ?? "") : undefined);
  return request;
}

function open({ url, method }: Hop, question: Question): ClientRequest {
  const isHome = url.origin === new URL(question.url).origin;
  const start = url.protocol === "https:" ? requestHttps : requestHttp;
  const body = method === "POST" ? (question.body ?? "") : null;
  return start({
    protocol: url.protocol,
    hostname: bareHost(url),
    port: url.port,
    path: `${url.pathname}${url.search}`,
    method,
    // A connection for this request alone.
    agent: false,
    headers: {
      ...question.headers,
      ...(isHome ? question.credentials : {}),
      "accept-encoding": "identity",
      ...(body === null ? {} : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
    },
    ...(question.allowPrivate ? {} : { lookup: publicLookup }),
  });
}

/** Node asks no lookup for an address that is written out. */
function refusePrivateLiteral(url: URL, allowPrivate: boolean): void {
  const host = bareHost(url);
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
    throw new PrivateAddressError(`${host} is a private address`);
}

function bareHost(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, "");
}

/** Null: this answer is none. 303 is fetched, the others are asked again with what they were asked (RFC 9110, 15.4). */
function redirectOf(response: IncomingMessage, hop: Hop, question: Question): Step | null {
  const status = response.statusCode ?? 0;
  const target = response.headers.location;
  if (![301, 302, 303, 307, 308].includes(status) || target === undefined) return null;
  const from = nameOf(hop.url);
  const refused = (why: string): Step => trouble("protocol_error", `${from} redirects (${status}), ${why}`, hop, true);
  if (hop.count >= question.redirects) {
    const why =
      question.redirects === 0 ? "and no redirects are allowed" : `and only ${question.redirects} are allowed`;
    return refused(`${why}: name the address that it leads to, or raise "redirects" of the agent`);
  }
  const url = URL.parse(target, hop.url.href);
  if (url === null || !["http:", "https:"].includes(url.protocol))
    return refused("and not to an http or https address");
  if (hop.url.protocol === "https:" && url.protocol === "http:")
    return refused(`from https to http (${nameOf(url)}), where everybody could read it`);
  return { kind: "redirect", hop: { url, method: status === 303 ? "GET" : hop.method, count: hop.count + 1 } };
}

/** Reads a body up to its cap. Compressed ones are refused: nobody asked for them, and a small one may be huge. */
function readAll(response: IncomingMessage, question: Question, hop: Hop, finish: (step: Step) => void): void {
  const { maxBytes, isCut = false } = question;
  const encoding = response.headers["content-encoding"] ?? "identity";
  const chunks: Buffer[] = [];
  let size = 0;
  const received = (): void => {
    const { statusCode = 0, headers } = response;
    finish({ kind: "received", status: statusCode, headers, body: Buffer.concat(chunks) });
  };
  const refuse = (message: string): void => {
    if (isCut) received();
    else finish(trouble("protocol_error", message, hop, true));
    response.destroy();
  };
  const tooLarge = `the answer of ${nameOf(hop.url)} is larger than the ${maxBytes} bytes that "maxBytes" allows`;
  if (encoding.toLowerCase() !== "identity") {
    refuse(`the answer of ${nameOf(hop.url)} is compressed (${encoding.slice(0, 40)}), which was not asked for`);
    return;
  }
  if (!isCut && Number(response.headers["content-length"] ?? 0) > maxBytes) {
    refuse(tooLarge);
    return;
  }
  response.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) refuse(tooLarge);
    else chunks.push(chunk);
  });
  response.on("error", (error) => finish(failedBy(error, hop, true)));
  response.on("end", received);
}

function failedBy(error: unknown, hop: Hop, isSent: boolean): Step {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const where = nameOf(hop.url);
  if (code === PRIVATE_ADDRESS && error instanceof Error) {
    const wayOut = `set "allowPrivate": true if that is meant`;
    return hop.count === 0
      ? trouble("agent_unavailable", `${error.message}, which is not allowed: ${wayOut}`, hop, isSent)
      : trouble("protocol_error", `it redirects to ${where}: ${error.message}, which is not allowed`, hop, isSent);
  }
  if (code.startsWith("HPE_"))
    return trouble("protocol_error", `${where} answered what is not HTTP (${code})`, hop, isSent);
  // Node's message would show the value, which may be a secret.
  if (code === "ERR_INVALID_CHAR" || code === "ERR_INVALID_HTTP_TOKEN" || code === "ERR_INVALID_HTTP_HEADER_VALUE")
    return trouble("agent_unavailable", `a header or the token holds characters that no header may have`, hop, isSent);
  const why = code === "" ? (error instanceof Error ? error.message : String(error)) : code;
  const what = isSent ? `the connection to ${where} broke` : `${where} cannot be reached`;
  return trouble("transport", `${what} (${why})`, hop, isSent);
}

function trouble(code: AttemptFailureCode, message: string, hop: Hop, isSent: boolean): Step {
  return { kind: "failed", code, message, isSent: isSent || hop.count > 0 };
}

/** An address for people, without its query, which may hold a key. */
export function nameOf(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
