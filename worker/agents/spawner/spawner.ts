import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { SPAWNER_VARIABLE } from "../environment.ts";
import { GREETING_LENGTH, readGreeting, TOKEN_LENGTH } from "./greeting.ts";
import { SpawnerMessages, type SpawnerMessage, type Order, type StartRequest } from "./messages.ts";
import { SpawnRun } from "./spawn-run.ts";
import type { Start } from "./started-process.ts";

/** It is asked whether it is there this often while something is expected of it, and given up when it has not answered so many times. */
const LOOK_MS = 2_000;
const LOOKS = 8;

/**
 * The other end of one spawner (main.ts): a small program that starts what the worker would need long to start, because a fork takes the longer
 * the more memory the forking program has. It is there until `close`, its death, or the end of the worker, which it notices by itself.
 */
export class Spawner {
  readonly #child: ChildProcess;
  readonly #server: Server;
  readonly #path: string;
  readonly #token: string;
  readonly #ready = Promise.withResolvers<boolean>();
  readonly #runs = new Map<number, SpawnRun>();
  readonly #lookMs: number;
  /** What is said together, at the end of this turn. */
  #orders: Order[] = [];
  #lastId = 0;
  #looks = 0;
  #timer: NodeJS.Timeout | null = null;
  #isReady = false;
  #isGone = false;

  /** Null when there can be none on this system. Its end is `gone`. */
  static async begin(entry: string = spawnerFile(), lookMs = LOOK_MS): Promise<Spawner | null> {
    // Its mode is 0700; the name has to be short, since paths of sockets have at most some hundred bytes.
    const folder = await mkdtemp(join(tmpdir(), "planwright-")).catch(() => null);
    if (folder === null) return null;
    const server = createServer({ allowHalfOpen: true });
    try {
      const path = join(folder, "s");
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, resolve);
      });
      const spawner = new Spawner(entry, server, path, lookMs);
      if (await spawner.#ready.promise) return spawner;
    } catch {
      // Without it, commands are started here.
    }
    server.close();
    rmSync(folder, { recursive: true, force: true });
    return null;
  }

  private constructor(entry: string, server: Server, path: string, lookMs: number) {
    this.#server = server;
    this.#path = path;
    this.#lookMs = lookMs;
    this.#token = randomBytes(TOKEN_LENGTH / 2).toString("hex");
    server.on("error", () => this.#lose());
    server.on("connection", (socket) => {
      greeted(socket, this.#token, (id, stream) => this.#connected(id, stream, socket));
    });
    server.unref();
    this.#child = fork(entry, [], {
      // Nothing of the worker's, and the mark of one that has not become what it is to start.
      env: { ELECTRON_RUN_AS_NODE: "1", [SPAWNER_VARIABLE]: "1" },
      // Small, and without threads beside it: each fork copies less.
      execArgv: ["--max-semi-space-size=1", "--single-threaded"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "json",
    });
    this.#child.on("message", (message) => this.#heard(message));
    this.#child.on("error", () => this.#lose());
    // Comes after the last message, which the exit need not.
    this.#child.on("disconnect", () => this.#lose());
    // The timer alone keeps us running, while something is expected of it.
    this.#child.unref();
    this.#child.channel?.unref();
    this.#tell({ kind: "serve", path, token: this.#token });
    this.#watch();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** Requests that were not answered yet. */
  get waiting(): number {
    return [...this.#runs.values()].filter(({ isAnswered }) => !isAnswered).length;
  }

  /** What it runs now. */
  get running(): number {
    return this.#runs.size;
  }

  /** Null: nothing was started, and will not be. */
  start(request: StartRequest): Promise<Start | null> {
    if (this.#isGone) return Promise.resolve(null);
    this.#lastId += 1;
    const id = this.#lastId;
    const run = new SpawnRun(request.hasInput);
    this.#runs.set(id, run);
    this.#tell({ kind: "start", id, ...request });
    this.#watch();
    return run.answer;
  }

  /** What it has started runs on, and is lost. */
  close(): void {
    if (this.#child.connected) this.#child.disconnect();
    this.#lose();
  }

  #tell(order: Order): void {
    this.#orders.push(order);
    if (this.#orders.length > 1) return;
    queueMicrotask(() => {
      const orders = this.#orders;
      this.#orders = [];
      // What cannot be told is lost with the channel, which is noticed there.
      if (this.#child.connected) this.#child.send(orders, () => {});
    });
  }

  #heard(said: unknown): void {
    this.#looks = 0;
    const parsed = SpawnerMessages.safeParse(said);
    if (parsed.success) for (const message of parsed.data) this.#take(message);
  }

  #take(message: SpawnerMessage): void {
    if (message.kind === "pong") return;
    if (message.kind === "ready") {
      this.#isReady = true;
      this.#ready.resolve(true);
      this.#watch();
      return;
    }
    const run = this.#runs.get(message.id);
    if (!run) return;
    if (message.kind === "started") run.started(message.pid, message.start);
    else if (message.kind === "failed") run.failed(startError(message.message, message.code));
    else {
      const { exitCode, signal, isAlone, silent } = message;
      run.ended({ end: { exitCode, signal }, isAlone }, silent);
    }
    this.#forgetIfOver(message.id, run);
  }

  #connected(id: number, stream: number, socket: Socket): void {
    const run = this.#runs.get(id);
    if (!run) {
      socket.destroy();
      return;
    }
    run.connected(stream, socket);
    this.#forgetIfOver(id, run);
  }

  #forgetIfOver(id: number, run: SpawnRun): void {
    if (!run.isOver) return;
    this.#runs.delete(id);
    this.#watch();
  }

  /** Whether it is there is asked as long as something is expected of it. */
  #watch(): void {
    const isNeeded = !this.#isGone && (!this.#isReady || this.#runs.size > 0);
    if (isNeeded && !this.#timer) {
      this.#looks = 0;
      this.#timer = setInterval(() => this.#look(), this.#lookMs);
    } else if (!isNeeded && this.#timer) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  /** Looks are counted, not time: where we stood still ourselves, there was one. */
  #look(): void {
    this.#looks += 1;
    for (const [id, run] of this.#runs) {
      run.looked();
      this.#forgetIfOver(id, run);
    }
    if (this.#looks > LOOKS) this.#lose();
    else this.#tell({ kind: "ping" });
  }

  #lose(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#child.kill("SIGKILL");
    this.#server.close();
    rmSync(dirname(this.#path), { recursive: true, force: true });
    this.#ready.resolve(false);
    for (const run of this.#runs.values()) run.lost();
    this.#runs.clear();
    this.#watch();
  }
}

/** Calls back with what a connection is for. One that does not begin with the token is closed. */
function greeted(socket: Socket, token: string, known: (id: number, stream: number) => void): void {
  socket.on("error", () => {
    // What is lost with it is missed by whoever reads or writes it.
  });
  const look = (): void => {
    const bytes: unknown = socket.read(GREETING_LENGTH);
    // Not all of it is there yet, or it was closed.
    if (!Buffer.isBuffer(bytes)) return;
    socket.off("readable", look);
    const said = readGreeting(bytes.toString("latin1"));
    if (said?.token === token) known(said.id, said.stream);
    else socket.destroy();
  };
  socket.on("readable", look);
}

/** As a spawn of our own would tell it. */
function startError(message: string, code: string | null): Error {
  return Object.assign(new Error(message), code === null ? {} : { code });
}

/** Built it stands beside this; in the sources it is the program itself. */
function spawnerFile(): string {
  const built = new URL("./spawner.mjs", import.meta.url);
  return fileURLToPath(existsSync(built) ? built : new URL("./main.ts", import.meta.url));
}
