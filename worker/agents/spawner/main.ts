import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { ATTEMPT_VARIABLE } from "../environment.ts";
import { isAlone, processStart } from "../process-list.ts";
import { greeting } from "./greeting.ts";
import type { Order, SpawnerMessage } from "./messages.ts";

/** A start is told this late, so that of a program that has ended by then all is told together. */
const MOMENT_MS = 5;

/**
 * The program that starts commands for a worker (spawner.ts). A fork copies the tables of all memory of the program that forks, so
 * starting takes a large worker many times longer than this small one, and the worker would stand still meanwhile. It loads next to nothing for that
 * reason. What a program prints goes on to the worker over a connection, which it gets only when it prints something.
 */
let served: { readonly path: string; readonly token: string } | null = null;
let unsaid: SpawnerMessage[] = [];
let timer: NodeJS.Timeout | null = null;

process.on("message", (orders: readonly Order[]) => {
  for (const order of orders) {
    if (order.kind === "serve") {
      served = order;
      say({ kind: "ready" });
    } else if (order.kind === "ping") say({ kind: "pong" });
    else start(order);
  }
});
// The worker is gone or needs it no more; what it has started is not its business.
process.on("disconnect", leave);
// Who ends a whole group or presses Ctrl-C means the worker, which first ends what it runs and needs to hear of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

function start({ id, argv, cwd, env, hasInput }: Extract<Order, { kind: "start" }>): void {
  const [program = "", ...rest] = argv;
  const from = performance.now();
  let child: ChildProcess;
  try {
    child = spawn(program, rest, { cwd, env, detached: true, stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe"] });
  } catch (error) {
    sayFailed(id, error);
    return;
  }
  const { pid, stdin, stdout, stderr } = child;
  if (pid === undefined || !stdout || !stderr) {
    child.once("error", (error) => {
      sayFailed(id, error);
    });
    return;
  }
  // Nobody has waited for it yet: that happens in a later turn.
  const started = { kind: "started", id, pid, start: processStart(pid) } as const;
  if (stdin) say(started);
  else saySoon(started);
  if (stdin) {
    const input = connected(id, 0);
    input.pipe(stdin);
    stdin.on("error", () => input.destroy());
    stdin.once("close", () => input.destroy());
  }
  const outputs = [new Output(id, 1, stdout), new Output(id, 2, stderr)];
  // Of one that is talked with, what it prints must not come after an answer that it gave later on another stream.
  if (stdin) for (const output of outputs) output.forward();
  child.once("exit", (exitCode, signal) => {
    // What was in the pipes at its end is heard in this turn.
    setImmediate(() => {
      const silent = outputs.flatMap((output) => (output.isSilentAtEnd() ? [output.stream] : []));
      const alone = isAlone(pid, performance.now() - from, env[ATTEMPT_VARIABLE] ?? null);
      say({ kind: "ended", id, exitCode, signal, isAlone: alone, silent });
    });
  });
}

/** What a program prints on one standard stream. The worker's connection is made for its first byte. */
class Output {
  readonly stream: number;
  readonly #id: number;
  readonly #pipe: Readable;
  #isForwarded = false;

  constructor(id: number, stream: number, pipe: Readable) {
    this.stream = stream;
    this.#id = id;
    this.#pipe = pipe;
    pipe.on("error", () => {
      // The same as its end.
    });
    pipe.once("readable", () => {
      if (this.#isForwarded || pipe.readableLength > 0) this.forward();
      else pipe.resume();
    });
  }

  /** The program has ended. What still holds its output open may say something. */
  isSilentAtEnd(): boolean {
    if (!this.#pipe.readableEnded) this.forward();
    return !this.#isForwarded;
  }

  forward(): void {
    if (this.#isForwarded) return;
    this.#isForwarded = true;
    const connection = connected(this.#id, this.stream);
    this.#pipe.pipe(connection);
    // Nobody listens any more: who still writes must hear of that.
    connection.once("close", () => this.#pipe.destroy());
  }
}

/** A connection to the worker that says what it is for. */
function connected(id: number, stream: number): Socket {
  const socket = connect(served?.path ?? "");
  socket.on("error", () => {
    // Its end follows.
  });
  socket.write(greeting(served?.token ?? "", id, stream));
  return socket;
}

function sayFailed(id: number, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  say({ kind: "failed", id, code, message });
}

function saySoon(message: SpawnerMessage): void {
  unsaid.push(message);
  timer ??= setTimeout(sayAll, MOMENT_MS);
}

function say(message: SpawnerMessage): void {
  unsaid.push(message);
  sayAll();
}

function sayAll(): void {
  if (timer) clearTimeout(timer);
  timer = null;
  const messages = unsaid;
  unsaid = [];
  // A worker that is gone is told nothing; the end of the channel follows.
  process.send?.(messages, undefined, undefined, () => {});
}

function leave(): void {
  if (served !== null) rmSync(dirname(served.path), { recursive: true, force: true });
  process.exit(0);
}
