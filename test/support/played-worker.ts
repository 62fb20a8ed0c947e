import { Client, type Connection } from "../../schemas/client.ts";
import { failure, FailureError, type Failure } from "../../schemas/failure.ts";
import { PROTOCOL_VERSION } from "../../schemas/operations/worker.ts";
import { SUBSCRIPTION_BATCH, Topic } from "../../schemas/operations/subscription.ts";
import type { WorkerDoor } from "../../extension/link/worker-door.ts";
import type { WorkerConnection } from "../../worker/link/connect.ts";

interface Listening {
  readonly topic: Topic;
  readonly id: string;
}

/** A worker as a link sees it, played by a test: it answers what the test lets it answer. */
export class PlayedWorker {
  readonly pid: number;
  /** What was asked, in order, but for the regular question. */
  readonly asked: { readonly method: string; readonly params: unknown }[] = [];
  readonly followed: Listening[] = [];
  /** Its answers by operation; a failure is refused with it. */
  readonly answers = new Map<string, unknown>();
  /** False: it keeps its connection and answers nothing. */
  answering = true;
  running: string[] = [];
  version = "2.0.0";
  handsOver = false;
  #listeners = new Map<string, Set<(params: unknown) => void>>();
  #onClose = new Set<() => void>();
  #waiting: (() => void)[] = [];
  #open = true;

  constructor(pid: number) {
    this.pid = pid;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method);
  }

  get topics(): string[] {
    return this.followed.map(({ topic }) => topic.kind);
  }

  connection(): WorkerConnection {
    const hello = {
      protocol: PROTOCOL_VERSION,
      version: this.version,
      pid: this.pid,
      folder: "/proj",
      epoch: this.pid,
    };
    const record = {
      ...{ pid: this.pid, processStart: "1", port: 1, token: "t".repeat(43), protocol: PROTOCOL_VERSION },
      ...{ version: this.version, folder: "/proj", epoch: 1, startedAt: new Date(this.pid * 1_000).toISOString() },
    };
    const client = new Client(this.#connection());
    return { client, hello, record, started: true, handsOver: this.handsOver, predecessor: null };
  }

  /** Sends a batch to whoever follows; `index` counts what was opened. */
  send(index: number, batch: object): void {
    const subscriptionId = this.followed[index]?.id;
    const all = { ...batch, subscriptionId };
    for (const listener of this.#listeners.get(SUBSCRIPTION_BATCH) ?? []) listener(all);
  }

  /** Answers again, also what was asked meanwhile. */
  resumeAnswering(): void {
    this.answering = true;
    for (const answer of this.#waiting.splice(0)) answer();
  }

  /** The connection ends, as when the worker dies. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const listener of this.#onClose) listener();
  }

  #connection(): Connection {
    return {
      request: (method, params) => this.#answer(method, params),
      onNotification: (method, listener) => {
        const known = this.#listeners.get(method) ?? new Set();
        this.#listeners.set(method, known.add(listener));
        return () => known.delete(listener);
      },
      onClose: (listener) => {
        if (!this.#open) queueMicrotask(listener);
        this.#onClose.add(listener);
        return () => this.#onClose.delete(listener);
      },
      dispose: () => {
        this.close();
      },
    };
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (!this.#open) throw new Error("closed");
    if (method !== "worker.status") this.asked.push({ method, params });
    if (!this.answering) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push(resolve);
        this.#onClose.add(() => {
          reject(new Error("closed"));
        });
      });
    }
    if (method === "worker.status") return this.#status();
    if (method === "subscription.open") {
      const topic = Topic.parse(
        typeof params === "object" && params !== null && "topic" in params ? params.topic : null,
      );
      const refused = this.answers.get(`follow ${topic.kind}`);
      if (isFailure(refused)) throw new FailureError(refused);
      const id = `${this.pid}-${this.followed.length}`;
      this.followed.push({ topic, id });
      return { subscriptionId: id };
    }
    if (method === "subscription.close") return {};
    const answer = this.answers.get(method) ?? failure("not_found", `nobody plays ${method}`);
    if (isFailure(answer)) throw new FailureError(answer);
    return answer;
  }

  #status(): object {
    const who = { version: this.version, pid: this.pid, folder: "/proj" };
    return { ...who, uptime: 0, clients: 1, running: this.running, draining: false };
  }
}

function isFailure(value: unknown): value is Failure {
  return typeof value === "object" && value !== null && "code" in value && "message" in value;
}

/** What happens when a link comes to the door: a worker, nobody, or a failure. */
export type Reception = PlayedWorker | null | Failure;

/** A door behind which the receptions of a test stand in line; the last of them stays. */
export class PlayedDoor implements WorkerDoor {
  readonly calls: string[] = [];
  readonly line: Reception[];
  /** Set: who comes waits for it. */
  hold: Promise<void> | null = null;
  /** What happens when a worker is ended. */
  onEnd: () => void = () => {};

  constructor(...line: Reception[]) {
    this.line = line;
  }

  async connect({ start, signal }: Parameters<WorkerDoor["connect"]>[0]): Promise<WorkerConnection | null> {
    this.calls.push(start ? "start" : "attach");
    if (this.hold) await this.hold;
    signal.throwIfAborted();
    const next = this.line.length > 1 ? this.line.shift() : this.line[0];
    if (next instanceof PlayedWorker) return next.connection();
    if (isFailure(next)) throw new FailureError(next);
    if (start) throw new FailureError(failure("worker_unavailable", "nobody is there"));
    return null;
  }

  async end(pid: number, graceMs: number): Promise<boolean> {
    this.calls.push(`end ${pid} ${graceMs}`);
    this.onEnd();
    return true;
  }

  async awaitSuccessor(): Promise<void> {
    this.calls.push("await successor");
  }

  closed(): Error {
    return new FailureError(failure("cancelled", "closed"));
  }
}
