import { request as requestHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";
import { isIP } from "node:net";
import { isPublicAddress, PrivateAddressError, publicLookup } from "../http/addresses.ts";

/** Statuses whose answers have no body (Fetch standard, null body status). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/** More than this of one answer is not read. */
const MAX_BYTES = 64 * 1024 * 1024;

/**
 * A `fetch` that looks at the address when the connection is made, and follows no redirect: the one of Node would follow them and connect to
 * whatever a name stands for. Private addresses only as configured (SEC25).
 */
export function guardedFetch(allowPrivate: boolean): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (target, init = {}) => {
    const url = new URL(target);
    const host = url.hostname.replace(/^\[|\]$/g, "");
    if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host))
      throw new PrivateAddressError(`${host} is a private address`);
    const options: RequestOptions = {
      method: init.method ?? "GET",
      headers: { ...Object.fromEntries(new Headers(init.headers)), "accept-encoding": "identity" },
      agent: false,
      ...(allowPrivate ? {} : { lookup: publicLookup }),
      ...(init.signal ? { signal: init.signal } : {}),
    };
    const body = typeof init.body === "string" ? init.body : undefined;
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = (url.protocol === "https:" ? requestHttps : requestHttp)(url, options, resolve);
      request.on("error", reject);
      request.end(body);
    });
    return responseOf(answer);
  };
}

function responseOf(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 0;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers))
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(", ") : value);
  if (WITHOUT_BODY.has(status)) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(bodyOf(answer), { status, headers });
}

function bodyOf(answer: IncomingMessage): ReadableStream<Uint8Array> {
  let size = 0;
  /** Nobody reads it any more. */
  let isLeft = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      answer.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BYTES) answer.destroy(new Error(`an answer is longer than ${MAX_BYTES} bytes`));
        else if (!isLeft) controller.enqueue(chunk);
        if (!isLeft && (controller.desiredSize ?? 0) <= 0) answer.pause();
      });
      answer.on("end", () => {
        if (!isLeft) controller.close();
      });
      answer.on("error", (error) => {
        if (!isLeft) controller.error(error);
      });
    },
    pull() {
      answer.resume();
    },
    cancel() {
      isLeft = true;
      answer.destroy();
    },
  });
}
