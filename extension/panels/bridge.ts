import type { Client } from "../../schemas/client.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { OperationName } from "../../schemas/operations/table.ts";
import type { FromWebview, ToWebview } from "../../schemas/webview.ts";
import { failureOf } from "../failure-of.ts";

/** The worker's connection as the bridge uses it; a FolderLink is one. */
interface WorkerLink {
  readonly state: LinkState;
  onState(listener: (state: LinkState) => void): () => void;
  /** Starts the worker when none runs. Throws FailureError. */
  connect(): Promise<Client>;
}

type LinkState =
  | { readonly kind: "idle" | "connecting" | "connected" }
  | { readonly kind: "lost"; readonly failure: Failure; readonly retryInMs: number | null };

interface BridgeOptions {
  readonly link: WorkerLink;
  /** Delivers a message to the webview. False: there is no page, because it is hidden; the next one says that it is there. */
  readonly post: (message: ToWebview) => PromiseLike<boolean>;
  /** What the webview is to show, when it says that it is there. */
  readonly show: () => ToWebview;
  /** Everything that is not between the webview and the worker. */
  readonly onMessage: (message: FromWebview) => void;
}

type Request = Extract<FromWebview, { type: "request" }>;

/** Relays between a webview and the worker of its folder: what `WEBVIEW_OPERATIONS` names, and what the webview follows. */
export class WebviewBridge {
  readonly #options: BridgeOptions;
  readonly #stopListening: () => void;
  /** By subscription id: how to stop it. */
  readonly #subscriptions = new Map<string, () => Promise<void>>();
  /** Counts the pages that stood in this webview: what an earlier one asked is not answered to a later one. */
  #page = 0;
  #lastSubscription = 0;
  #disposed = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#stopListening = options.link.onState(() => {
      this.#tellState();
    });
  }

  /** Takes a message as it came; what is none of ours is left alone. */
  async receive(data: unknown): Promise<void> {
    // Its schemas bring zod, which is loaded when the first webview speaks and not with the extension.
    const { FromWebview } = await import("../../schemas/webview.ts");
    const parsed = FromWebview.safeParse(data);
    if (!parsed.success || this.#disposed) return;
    const message = parsed.data;
    if (message.type === "ready") await this.#greet();
    else if (message.type === "request") await this.#answer(message);
    else this.#options.onMessage(message);
  }

  /** Lets go of everything that the webview followed. */
  async dispose(): Promise<void> {
    this.#disposed = true;
    this.#stopListening();
    await this.#stopAll();
  }

  async #greet(): Promise<void> {
    this.#page += 1;
    this.#tellState();
    this.#post(this.#options.show());
    await this.#stopAll();
  }

  #post(message: ToWebview): void {
    const page = this.#page;
    this.#options.post(message).then(
      (isThere) => {
        if (!isThere && page === this.#page) this.#leave();
      },
      // It is disposed, and so will this be.
      () => {},
    );
  }

  /** Nobody looks any more, so that nothing is followed until the next page says that it is there. */
  #leave(): void {
    this.#page += 1;
    this.#stopAll().catch(() => {});
  }

  async #answer({ id, method, params }: Request): Promise<void> {
    const page = this.#page;
    const post = (message: ToWebview): void => {
      if (!this.#disposed && page === this.#page) this.#post(message);
    };
    try {
      post({ type: "response", id, result: await this.#perform(method, params, page) });
    } catch (error) {
      const bug: Failure = { code: "internal", message: String(error), retryable: false };
      post({ type: "refusal", id, error: failureOf(error) ?? bug });
    }
  }

  async #perform(method: OperationName, params: unknown, page: number): Promise<unknown> {
    if (method === "subscription.close") {
      const id = textOf(params, "subscriptionId");
      const stop = this.#subscriptions.get(id);
      this.#subscriptions.delete(id);
      await stop?.();
      return {};
    }
    const client = await this.#options.link.connect();
    return method === "subscription.open" ? this.#follow(client, params, page) : client.relay(method, params);
  }

  /** Batches go to the webview under the id that it gets here. */
  async #follow(client: Client, params: unknown, page: number): Promise<{ subscriptionId: string }> {
    const { SUBSCRIPTION_BATCH, subscriptionOpen } = await import("../../schemas/operations/subscription.ts");
    const { topic } = subscriptionOpen.params.parse(params);
    const subscriptionId = `view-${(this.#lastSubscription += 1)}`;
    const stop = await client.subscribe(topic, (batch) => {
      if (this.#disposed || page !== this.#page) return;
      this.#post({ type: "notification", method: SUBSCRIPTION_BATCH, params: { ...batch, subscriptionId } });
    });
    if (this.#disposed || page !== this.#page) await stop();
    else this.#subscriptions.set(subscriptionId, stop);
    return { subscriptionId };
  }

  #tellState(): void {
    const { state } = this.#options.link;
    if (state.kind === "lost") {
      // They ended with the connection; there is nothing left to close.
      this.#subscriptions.clear();
      this.#post({ type: "connection", state: "lost", message: state.failure.message });
    } else {
      this.#post({
        type: "connection",
        state: state.kind === "connected" ? "connected" : "connecting",
        message: null,
      });
    }
  }

  async #stopAll(): Promise<void> {
    const all = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    // One that cannot be closed is gone already.
    await Promise.allSettled(all.map((stop) => stop()));
  }
}

function textOf(params: unknown, key: string): string {
  const value: unknown = typeof params === "object" && params !== null ? Reflect.get(params, key) : null;
  return typeof value === "string" ? value : "";
}
