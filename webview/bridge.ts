import { signal, type ReadonlySignal } from "@preact/signals";
import { config } from "zod";
import { Client, type Connection } from "../schemas/client.ts";
import { failure, Failure, FailureError } from "../schemas/failure.ts";
import { WEBVIEW_OPERATIONS, ToWebview, type FromWebview } from "../schemas/webview.ts";

// Pages may not make code from text (their content policy); without this zod would try it and be reported.
config({ jitless: true });

/** What VS Code gives to the script of a webview, once. */
interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

type Show = Extract<ToWebview, { type: "show-plan" | "show-log" }>;

/** Whether the extension has a worker to talk to. `message` says why not. */
export interface WorkerState {
  readonly state: "connecting" | "connected" | "lost";
  readonly message: string | null;
}

/** The extension as a webview sees it: the worker's client, and what the two say to each other besides. One for each page. */
export class Host {
  readonly client: Client;
  readonly #api: VsCodeApi;
  readonly #connection: RelayedConnection;
  readonly #worker = signal<WorkerState>({ state: "connecting", message: null });
  #wasLost = false;
  readonly #showListeners = new Set<(message: Show) => void>();
  readonly #connectedListeners = new Set<() => void>();

  constructor(api: VsCodeApi) {
    this.#api = api;
    this.#connection = new RelayedConnection((message) => {
      this.tell(message);
    });
    this.client = new Client(this.#connection);
    window.addEventListener("message", (event: MessageEvent<unknown>) => {
      const message = ToWebview.safeParse(event.data);
      if (message.success) this.#receive(message.data);
    });
  }

  get worker(): ReadonlySignal<WorkerState> {
    return this.#worker;
  }

  /** Says that the page listens; the answer is what to show. */
  ready(): void {
    this.tell({ type: "ready" });
  }

  tell(message: FromWebview): void {
    this.#api.postMessage(message);
  }

  onShow(listener: (message: Show) => void): () => void {
    this.#showListeners.add(listener);
    return () => this.#showListeners.delete(listener);
  }

  /** Called when there is a worker again after it was lost: subscriptions are to be opened anew. */
  onConnected(listener: () => void): () => void {
    this.#connectedListeners.add(listener);
    return () => this.#connectedListeners.delete(listener);
  }

  /** What `remember` kept, also of the page before a reload; whoever reads it parses it. */
  remembered(): unknown {
    return this.#api.getState();
  }

  remember(state: unknown): void {
    this.#api.setState(state);
  }

  #receive(message: ToWebview): void {
    switch (message.type) {
      case "show-plan":
      case "show-log":
        for (const listener of this.#showListeners) listener(message);
        return;
      case "connection": {
        this.#worker.value = { state: message.state, message: message.message };
        if (message.state === "lost") {
          this.#wasLost = true;
          this.#connection.lose(message.message);
        } else if (message.state === "connected" && this.#wasLost) {
          this.#wasLost = false;
          for (const listener of this.#connectedListeners) listener();
        }
        return;
      }
      case "response":
      case "refusal":
      case "notification":
        this.#connection.receive(message);
    }
  }
}

/** Call it once in a page: VS Code gives its interface only once. */
export function openHost(): Host {
  return new Host(acquireVsCodeApi());
}

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: Error) => void;
}

/** The typed client's connection by way of the extension. */
class RelayedConnection implements Connection {
  readonly #tell: (message: FromWebview) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<string, Set<(params: unknown) => void>>();
  readonly #closeListeners = new Set<() => void>();
  #lastId = 0;

  constructor(tell: (message: FromWebview) => void) {
    this.#tell = tell;
  }

  request(name: string, params: unknown): Promise<unknown> {
    const method = WEBVIEW_OPERATIONS.find((known) => known === name);
    if (method === undefined) return Promise.reject(notAllowed(name));
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#tell({ type: "request", id, method, params });
    });
  }

  receive(message: Extract<ToWebview, { type: "response" | "refusal" | "notification" }>): void {
    if (message.type === "notification") {
      for (const listener of [...(this.#listeners.get(message.method) ?? [])]) listener(message.params);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.type === "response") pending?.resolve(message.result);
    else pending?.reject(new FailureError(failureOf(message.error)));
  }

  /** The worker is gone: nothing that was asked will be answered, and nothing that was followed goes on. */
  lose(message: string | null): void {
    const reason = failure("worker_unavailable", message ?? "the connection to the worker was lost: try again");
    for (const { reject } of this.#pending.values()) reject(new FailureError(reason));
    this.#pending.clear();
    this.#listeners.clear();
    for (const listener of [...this.#closeListeners]) listener();
  }

  onNotification(method: string, listener: (params: unknown) => void): () => void {
    const known = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, known.add(listener));
    return () => {
      known.delete(listener);
    };
  }

  onClose(listener: () => void): () => void {
    this.#closeListeners.add(listener);
    return () => {
      this.#closeListeners.delete(listener);
    };
  }

  /** The connection is the extension's; what this page awaits ends. */
  dispose(): void {
    this.lose("what the worker sent cannot be read by this window: reload it, or update Planwright");
  }
}

function notAllowed(name: string): FailureError {
  return new FailureError(
    failure("bad_request", `a view may not ask for ${name}: it is not among the operations of views`),
  );
}

function failureOf(error: unknown): Failure {
  const parsed = Failure.safeParse(error);
  return parsed.success ? parsed.data : failure("internal", "the extension refused without saying why");
}
