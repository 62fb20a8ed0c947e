import type { WebSocket } from "ws";
import type { Audience } from "../../schemas/operation.ts";
import type { OperationName, ParamsOut, ResultOf } from "../../schemas/operations/table.ts";
import type { CommandMemory } from "./idempotent.ts";
import type { Topics } from "./subscriptions.ts";

/** Who calls, and for how long there is somebody to answer to. */
export interface Caller {
  readonly audience: Audience;
  /** As the client named itself in its hello. */
  readonly client: string;
  /** The names of all who are connected at this moment, this one included. */
  clients(): readonly string[];
  /** Aborted when the connection closes. */
  readonly signal: AbortSignal;
}

export type Handler<N extends OperationName> = (params: ParamsOut<N>, caller: Caller) => Promise<ResultOf<N>>;

/** One handler for each operation. Expected failures are thrown as FailureError; anything else that is thrown is a bug. */
export type Handlers = { readonly [N in OperationName]: Handler<N> };

/** What the server itself answers, from the connection and from the worker's own state. */
export type OwnOperation =
  "worker.hello" | "worker.status" | "worker.drain" | "subscription.open" | "subscription.close";

export type DomainHandlers = Omit<Handlers, OwnOperation>;

/** Everything behind the operations. It is opened when the first operation needs it, so that a worker answers hello at once. */
export interface Domain {
  readonly handlers: DomainHandlers;
  readonly topics: Topics;
  readonly commands: CommandMemory;
  /** Serves the specs that an editor has open, until its socket closes. */
  serveEditor(socket: WebSocket, onBug: (what: string, error: unknown) => void): Promise<void>;
  /** Ids of what runs, for `worker.status`. */
  running(): readonly string[];
  /** Whether an attempt runs or something is due that keeps the worker here although no client is connected. */
  busy(): boolean;
  /** Calls back whenever `busy` may have changed. Returns the way to stop. */
  onBusyChange(listener: () => void): () => void;
  /** Take no new work; what runs goes on. */
  drain(): void;
  /** Stops what runs, in order, and lets go of everything. Nothing is called afterwards. */
  close(): Promise<void>;
}

export interface OwnerLock {
  readonly epoch: number;
  /** Aborted when another owner took over; then nothing may be written any more. */
  readonly lost?: AbortSignal;
  release(): Promise<void>;
}
