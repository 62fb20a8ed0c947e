import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file of this folder in a process of its own. It ends with this process. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  /** When it was started, on this process's monotonic clock. */
  readonly startedAt = performance.now();

  constructor(file: URL, words: readonly string[]) {
    // As in the worker: code that was compiled once is not compiled again.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") };
    this.#child = fork(fileURLToPath(file), words, { env, stdio: ["ignore", 2, 2, "ipc"] });
    this.#ended = once(this.#child, "exit");
    const killAtExit = (): void => void this.#child.kill("SIGKILL");
    process.once("exit", killAtExit);
    this.#child.once("exit", () => process.off("exit", killAtExit));
  }

  /** The next message. Rejects when the process ends first. */
  async message(): Promise<unknown> {
    const gone = this.#ended.then(([code, signal]) => {
      throw new Error(`${this.#child.spawnargs[1]} ended (${String(code ?? signal)}) without a message`);
    });
    const values: unknown[] = await Promise.race([once(this.#child, "message"), gone]);
    return values[0];
  }

  /** Sends a message and resolves with the answer. */
  ask(message: string): Promise<unknown> {
    const answer = this.message();
    this.#child.send(message);
    return answer;
  }

  /** kill -9, by its process id. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

/** Sends a message to the process that has started this one. */
export async function tellParent(message: unknown): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    if (!process.send) throw new Error("this process was not started by a bench");
    process.send(message, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
