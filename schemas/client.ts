import type { z } from "zod";
import { failure, Failure, FailureError } from "./failure.ts";
import { SUBSCRIPTION_BATCH, SubscriptionBatch, type Topic } from "./operations/subscription.ts";
import { parsers, type OperationName, type ParamsIn, type ResultOf } from "./operations/table.ts";

/** What the typed client needs from a transport. `request` rejects with whatever the transport has; `dispose` closes it. */
export interface Connection {
  request(method: string, params: unknown): Promise<unknown>;
  onNotification(method: string, listener: (params: unknown) => void): () => void;
  onClose(listener: () => void): () => void;
  dispose(): void;
}

/** The typed client that every user interface uses. Results are parsed: a worker that answers wrongly is a failure, not a surprise later. */
export class Client {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Throws FailureError: the worker's own failure, or `worker_unavailable` when the connection is lost. */
  async call<N extends OperationName>(name: N, params: ParamsIn<N>): Promise<ResultOf<N>> {
    const answer = await this.#connection.request(name, params).catch((error: unknown) => {
      throw toFailureError(error);
    });
    const parsed = parsers[name].result.safeParse(answer);
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues[0];
    throw new FailureError(
      failure(
        "version_mismatch",
        `the worker answered ${name} in a form that this client does not know (${where?.path.join(".") ?? ""}: ${where?.message ?? ""}): update Planwright, or reload the window`,
      ),
    );
  }

  /**
   * Passes on what another client asked that cannot reach the worker itself. Neither side is parsed here: the worker parses what it
   * is asked, and whoever asked the answer. Throws FailureError as `call` does.
   */
  async relay(name: OperationName, params: unknown): Promise<unknown> {
    return this.#connection.request(name, params).catch((error: unknown) => {
      throw toFailureError(error);
    });
  }

  /** Follows a topic. `onBatch` gets batches in order. Returns a function that stops following. */
  async subscribe(
    topic: z.input<typeof Topic>,
    onBatch: (batch: SubscriptionBatch) => void,
  ): Promise<() => Promise<void>> {
    let id: string | null = null;
    const early: SubscriptionBatch[] = [];
    const stopListening = this.#connection.onNotification(SUBSCRIPTION_BATCH, (params) => {
      // Reading a batch costs time: those of others are left to them.
      if (id !== null && !isOf(params, id)) return;
      const parsed = SubscriptionBatch.safeParse(params);
      if (!parsed.success) {
        // Whoever follows must not wait for ever for what cannot be read.
        this.#connection.dispose();
        return;
      }
      const batch = parsed.data;
      if (id === null) early.push(batch);
      else if (batch.subscriptionId === id) onBatch(batch);
    });
    const opened = await this.call("subscription.open", { topic }).catch((error: unknown) => {
      stopListening();
      throw error;
    });
    id = opened.subscriptionId;
    for (const batch of early) if (batch.subscriptionId === id) onBatch(batch);
    return async () => {
      stopListening();
      await this.call("subscription.close", { subscriptionId: opened.subscriptionId });
    };
  }

  onClose(listener: () => void): () => void {
    return this.#connection.onClose(listener);
  }

  dispose(): void {
    this.#connection.dispose();
  }
}

function isOf(params: unknown, subscriptionId: string): boolean {
  return typeof params !== "object" || params === null || Reflect.get(params, "subscriptionId") === subscriptionId;
}

/** A transport carries a Failure in the error's `data`; anything else means that the connection is gone. */
function toFailureError(error: unknown): FailureError {
  if (error instanceof FailureError) return error;
  const data = typeof error === "object" && error !== null && "data" in error ? Failure.safeParse(error.data) : null;
  if (data?.success) return new FailureError(data.data);
  const text = error instanceof Error ? error.message : String(error);
  return new FailureError(
    failure("worker_unavailable", `the connection to the worker was lost (${text}): run the command again`),
  );
}
