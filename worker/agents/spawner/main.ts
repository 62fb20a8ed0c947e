import { spawn, type ChildProcess } from "node:child_process";
import { rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { dirname } from "node:path";
import { processStart } from "../process-list.ts";
import { greeting } from "./greeting.ts";
import type { Order, SpawnerMessage } from "./messages.ts";

/**
 * The program that starts commands for a worker (spawner.ts). A fork copies the tables of all memory of the program that forks, so
 * starting takes a large worker many times longer than this small one, and the worker would stand still meanwhile. It loads next to nothing for that
 * reason. The standard streams of what it starts are connections to the worker; nothing of them passes through here.
 */
let served: { readonly path: string; readonly token: string } | null = null;

process.on("message", (orders: readonly Order[]) => {
  for (const order of orders) {
    if (order.kind === "serve") {
      served = order;
      say({ kind: "ready" });
    } else if (order.kind === "ping") say({ kind: "pong" });
    else
      start(order).catch((error: unknown) => {
        sayFailed(order.id, error);
      });
  }
});
// The worker is gone or needs it no more; what it has started is not its business.
process.on("disconnect", leave);
// Who ends a whole group or presses Ctrl-C means the worker, which first ends what it runs and needs to hear of it.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

async function start({ id, argv, cwd, env, hasInput }: Extract<Order, { kind: "start" }>): Promise<void> {
  const [input, output, errors] = await Promise.all([hasInput ? opened(id, 0) : null, opened(id, 1), opened(id, 2)]);
  const streams = [input, output, errors].filter((stream) => stream !== null);
  let child: ChildProcess | null = null;
  try {
    const [program = "", ...rest] = argv;
    if (streams.length < (hasInput ? 3 : 2)) say({ kind: "refused", id });
    else child = spawn(program, rest, { cwd, env, detached: true, stdio: [input ?? "ignore", output, errors] });
  } catch (error) {
    sayFailed(id, error);
  }
  // It has its own by now.
  for (const stream of streams) stream.destroy();
  if (child === null) return;
  const { pid } = child;
  if (pid === undefined) {
    child.once("error", (error) => {
      sayFailed(id, error);
    });
    return;
  }
  // Nobody has waited for it yet: that happens in a later turn.
  say({ kind: "started", id, pid, start: processStart(pid) });
  child.once("exit", (exitCode, signal) => {
    say({ kind: "ended", id, exitCode, signal });
  });
}

/** A connection to the worker that has said what it is for; null when there is none. */
function opened(id: number, stream: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    if (served === null) {
      resolve(null);
      return;
    }
    const socket = connect(served.path);
    socket.on("error", () => {
      resolve(null);
    });
    socket.write(greeting(served.token, id, stream), (error) => {
      resolve(error ? null : socket);
    });
  });
}

function sayFailed(id: number, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  say({ kind: "failed", id, code, message });
}

function say(message: SpawnerMessage): void {
  // A worker that is gone is told nothing; the end of the channel follows.
  process.send?.(message, undefined, undefined, () => {});
}

function leave(): void {
  if (served !== null) rmSync(dirname(served.path), { recursive: true, force: true });
  process.exit(0);
}
