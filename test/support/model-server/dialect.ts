import type { ModelRequest, Refusal, Speech } from "./conversation.ts";

/** What is to be sent, with the ids that the service makes up. */
export interface Reply extends Speech {
  /** Counts the answers of the server, so that ids differ and are the same in every run. */
  readonly number: number;
  readonly model: string;
}

/** One event of a stream. */
export interface Piece {
  /** Name of the server-sent event; null: it has none. */
  readonly event: string | null;
  readonly data: string;
}

export interface Dialect {
  /** Reads a request; throws when it is not what the dialect allows. `path` is that of the address, without the query. */
  read(path: string, body: unknown): ModelRequest;
  /** The answer in one. */
  whole(reply: Reply): unknown;
  /** The answer as a stream. */
  pieces(reply: Reply): Piece[];
  /** Body and headers of an error. `now` in milliseconds since 1970. */
  error(refusal: Refusal, now: number): { body: unknown; headers: Record<string, string> };
}

export function piece(data: unknown, event: string | null = null): Piece {
  return { event, data: JSON.stringify(data) };
}

/** A text in two halves, so that clients must put it together. */
export function halves(text: string): string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== "");
}

export function callId(reply: Reply, index: number): string {
  return `call_${reply.number}_${index}`;
}

/** Headers that tell when a quota comes back. */
export function retryHeaders({ retryAfter }: Refusal): Record<string, string> {
  return retryAfter === null ? {} : { "retry-after": String(retryAfter) };
}
