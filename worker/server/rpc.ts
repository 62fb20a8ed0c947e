import { ErrorCodes, ResponseError } from "vscode-jsonrpc/node";
import type { WebSocket } from "ws";
import type { z } from "zod";
import { failure, FailureError, throwFailure, type Failure } from "../../schemas/failure.ts";
import type { Audience } from "../../schemas/operation.ts";
import { operations, parsers, type OperationName, type ResultOf } from "../../schemas/operations/table.ts";
import { SUBSCRIPTION_BATCH } from "../../schemas/operations/subscription.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import { closeSocket, connectionOver } from "../link/socket-messages.ts";
import type { Clock } from "../run/ports.ts";
import type { Caller, Domain, Handler, Handlers, OwnOperation } from "./handlers.ts";
import type { CommandDesk } from "./idempotent.ts";
import { Subscriptions } from "./subscriptions.ts";

/** What all connections of a worker share. */
export interface Service {
  readonly domain: () => Promise<Domain>;
  readonly desk: CommandDesk;
  readonly clock: Pick<Clock, "monotonic" | "after">;
  readonly identity: Omit<ResultOf<"worker.hello">, "protocol">;
  status(): ResultOf<"worker.status">;
  /** The names of those who are connected and have said hello, by their connections. */
  readonly greeted: Map<object, string>;
  draining(): boolean;
  drain(): ResultOf<"worker.drain">;
  /** For the worker's own log, with the stack. */
  onBug(what: string, error: unknown): void;
}

/** Requests of one connection that may be unanswered at a time; then its socket is not read until some are answered. */
const MAX_UNANSWERED = 128;
/** A client that lets answers of this size pile up is cut off; it comes back with its cursors. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;
const SERVER_ERROR = -32_000;

/** These never change shape, so they are answered whatever protocol a client speaks (semantics, Worker). */
const ANY_PROTOCOL: ReadonlySet<string> = new Set([
  "worker.hello",
  "worker.status",
  "worker.drain",
  "execution.cancel",
]);

/** Serves one authenticated socket until it closes; then everything that belonged to it is disposed. */
export function serveConnection(socket: WebSocket, service: Service, audience: Audience): void {
  const gone = new AbortController();
  const connection = connectionOver(socket);
  const subscriptions = new Subscriptions({
    topics: async () => (await service.domain()).topics,
    clock: service.clock,
    send: (batch) => connection.sendNotification(SUBSCRIPTION_BATCH, batch),
    onBroken: (error) => {
      if (!(error instanceof FailureError)) service.onBug("following a topic", error);
      closeSocket(socket, 1011, "a subscription broke");
    },
  });
  const session: Session = { service, subscriptions, greeting: null, audience, signal: gone.signal };
  let unanswered = 0;
  connection.onRequest(async (method: string, params: unknown) => {
    unanswered += 1;
    if (unanswered >= MAX_UNANSWERED) socket.pause();
    try {
      return await answer(method, params, session);
    } catch (error) {
      return responseError(method, error, service);
    } finally {
      unanswered -= 1;
      if (unanswered < MAX_UNANSWERED / 2 && socket.isPaused) socket.resume();
      if (socket.bufferedAmount > MAX_UNSENT_BYTES) socket.terminate();
    }
  });
  socket.once("close", () => {
    service.greeted.delete(session);
    gone.abort();
    subscriptions.closeAll();
  });
  connection.listen();
}

interface Session {
  readonly service: Service;
  readonly subscriptions: Subscriptions;
  readonly audience: Audience;
  readonly signal: AbortSignal;
  greeting: { readonly protocol: number; readonly client: string } | null;
}

class UnknownMethod extends Error {}

async function answer(method: string, params: unknown, session: Session): Promise<unknown> {
  if (!isOperation(method)) throw new UnknownMethod(method);
  admit(method, session);
  const own = ownHandlers(session);
  if (isOwn(method)) return perform(method, params, own, session);
  return perform(method, params, (await session.service.domain()).handlers, session);
}

function admit(name: OperationName, { audience, greeting, service }: Session): void {
  if (!operations[name].audience.some((one) => one === audience)) {
    throwFailure("bad_request", `${name} is for people: an agent may not call it`);
  }
  if (!ANY_PROTOCOL.has(name)) {
    if (greeting === null) throwFailure("bad_request", `${name} came before worker.hello: say hello first`);
    if (greeting.protocol !== PROTOCOL_VERSION) {
      throwFailure(
        "version_mismatch",
        `this worker speaks protocol ${PROTOCOL_VERSION}, the client ${greeting.protocol}: update Planwright, or reload the window`,
      );
    }
  }
  if (service.draining() && operations[name].effect === "change" && !ANY_PROTOCOL.has(name)) {
    throwFailure("worker_busy", "the worker finishes what runs and then leaves: try again in a moment", {
      retryable: true,
    });
  }
}

async function perform<N extends OperationName>(
  name: N,
  raw: unknown,
  handlers: { readonly [K in N]: Handler<K> },
  session: Session,
): Promise<ResultOf<N>> {
  const params = parseParams(name, parsers[name].params, raw);
  const caller: Caller = {
    audience: session.audience,
    client: session.greeting?.client ?? "a client without a name",
    clients: () => [...session.service.greeted.values()],
    signal: session.signal,
  };
  const handler: Handler<N> = handlers[name];
  const commandId = operations[name].effect === "change" ? commandIdOf(params) : null;
  const result =
    commandId === null
      ? await handler(params, caller)
      : await session.service.desk.once(name, commandId, () => handler(params, caller));
  return parsers[name].result.parse(result);
}

function ownHandlers(session: Session): Pick<Handlers, OwnOperation> {
  const { service, subscriptions } = session;
  return {
    "worker.hello": async ({ protocol, client }) => {
      session.greeting = { protocol, client };
      service.greeted.set(session, client);
      return { protocol: PROTOCOL_VERSION, ...service.identity };
    },
    "worker.status": async () => service.status(),
    "worker.drain": async () => service.drain(),
    "subscription.open": async ({ topic }) => subscriptions.open(topic),
    "subscription.close": async ({ subscriptionId }) => {
      subscriptions.close(subscriptionId);
      return {};
    },
  };
}

const OWN = {
  "worker.hello": true,
  "worker.status": true,
  "worker.drain": true,
  "subscription.open": true,
  "subscription.close": true,
} satisfies Record<OwnOperation, true>;

function isOwn(name: OperationName): name is OwnOperation {
  return Object.hasOwn(OWN, name);
}

/** Own properties only: `__proto__` and `constructor` are no operations. */
function isOperation(name: string): name is OperationName {
  return Object.hasOwn(operations, name);
}

function parseParams<T>(name: string, schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const keys = issue?.code === "unrecognized_keys" ? issue.keys : [];
  const field = [...(issue?.path ?? []), ...keys.slice(0, 1)].map(String).join(".").slice(0, 200);
  throwFailure("bad_request", `${name}: ${field === "" ? "the parameters" : field}: ${issue?.message ?? "not valid"}`, {
    details: { field },
  });
}

function commandIdOf(params: unknown): string | null {
  if (typeof params !== "object" || params === null || !("commandId" in params)) return null;
  return typeof params.commandId === "string" ? params.commandId : null;
}

function responseError(method: string, error: unknown, service: Service): ResponseError<Failure> {
  if (error instanceof FailureError) return new ResponseError(SERVER_ERROR, error.message, error.failure);
  const shown = method.slice(0, 100);
  if (error instanceof UnknownMethod) {
    const unknown = failure("bad_request", `there is no operation "${shown}"`);
    return new ResponseError(ErrorCodes.MethodNotFound, unknown.message, unknown);
  }
  service.onBug(`answering ${shown}`, error);
  const internal = failure(
    "internal",
    `the worker made a mistake while answering ${shown}: "planwright doctor" names its log; please report it`,
  );
  return new ResponseError(SERVER_ERROR, internal.message, internal);
}
