import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chown, mkdir, mkdtemp, rm } from "node:fs/promises";
import { existsSync, readdirSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const START_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 10_000;

/** A server of a peer, on 127.0.0.1 and a port of its own, with its data in a temporary folder. */
export interface Server {
  readonly url: string;
  readonly port: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

/** Thrown when the program of a server is not on this machine; the message is for the row of the table. */
export class ServerMissing extends Error {}

/** PostgreSQL with its own settings, which sync every commit; one database `bench`, no password. */
export async function startPostgres(): Promise<Server> {
  const programs = findPostgres();
  return start("postgres", async (folder, port) => {
    const data = join(folder, "data");
    await mkdir(data);
    const asUser = await ordinaryUser(folder, data);
    const initdb = [join(programs, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"];
    const [first = "", ...rest] = [...asUser, ...initdb];
    execFileSync(first, rest, { cwd: folder, stdio: ["ignore", "ignore", 2] });
    return {
      command: [...asUser, join(programs, "postgres"), "-D", data, "-h", "127.0.0.1", "-p", `${port}`, "-k", ""],
      ready: /database system is ready to accept connections/,
      url: `postgresql://postgres@127.0.0.1:${port}/bench`,
      // Ends the sessions that are open, and then itself.
      signal: "SIGINT",
    };
  });
}

/** Redis that syncs every write before it answers. */
export async function startRedis(): Promise<Server> {
  if (spawnSync("redis-server", ["--version"], { stdio: "ignore" }).status !== 0)
    throw new ServerMissing("redis-server is not installed");
  return start("redis", (folder, port) => {
    const durable = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
    return Promise.resolve({
      command: ["redis-server", "--bind", "127.0.0.1", "--port", `${port}`, "--dir", folder, ...durable],
      ready: /Ready to accept connections/,
      url: `redis://127.0.0.1:${port}`,
      signal: "SIGTERM",
    });
  });
}

interface Launch {
  readonly command: readonly string[];
  /** What it prints when it can be used. */
  readonly ready: RegExp;
  readonly url: string;
  readonly signal: "SIGINT" | "SIGTERM";
}

async function start(name: string, prepare: (folder: string, port: number) => Promise<Launch>): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), `planwright-bench-${name}-`));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const port = await freePort();
    const { command, ready, url, signal } = await prepare(folder, port);
    const [program = "", ...words] = command;
    const server = spawn(program, words, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
    const killAtExit = (): void => void server.kill("SIGKILL");
    process.once("exit", killAtExit);
    const stop = async (): Promise<void> => {
      await end(server, signal);
      process.off("exit", killAtExit);
      await remove();
    };
    try {
      await answers(name, server, ready);
    } catch (error) {
      await stop();
      throw error;
    }
    return { url, port, stop };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Resolves when the server has printed that it is ready; rejects with what it printed when it ends or takes too long. */
async function answers(name: string, server: ChildProcess, ready: RegExp): Promise<void> {
  let printed = "";
  let timer: NodeJS.Timeout | undefined;
  const started = new Promise<void>((resolve, reject) => {
    const refuse = (why: string): void => reject(new Error(`${name} ${why}: ${printed.slice(-2_000)}`));
    timer = setTimeout(() => refuse("does not start"), START_WITHIN_MS);
    // Read to the end, also later: a full pipe would stop the server.
    const read = (chunk: unknown): void => {
      if (printed.length < 100_000) printed += String(chunk);
      if (ready.test(printed)) resolve();
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.once("error", (error) => refuse(error.message));
    server.once("exit", (code) => refuse(`ended with code ${String(code)}`));
  });
  await started.finally(() => clearTimeout(timer));
}

async function end(server: ChildProcess, signal: "SIGINT" | "SIGTERM"): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill(signal);
  const timer = setTimeout(() => server.kill("SIGKILL"), STOP_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}

/** The folder with `postgres` and `initdb`. Debian keeps them out of PATH. */
function findPostgres(): string {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, "bin")),
    ...(process.env["PATH"] ?? "").split(":"),
  ];
  const found = folders.find((folder) => ["postgres", "initdb"].every((program) => existsSync(join(folder, program))));
  if (found === undefined) throw new ServerMissing("PostgreSQL is not installed");
  return found;
}

/** PostgreSQL refuses to run as root: the words that make it run as the user `postgres` then, who gets the folders. */
async function ordinaryUser(...folders: readonly string[]): Promise<string[]> {
  if (process.getuid?.() !== 0) return [];
  const [user, group] = ["-u", "-g"].map((flag) => {
    const { status, stdout } = spawnSync("id", [flag, "postgres"], { encoding: "utf8" });
    if (status !== 0) throw new ServerMissing("PostgreSQL needs the user postgres when started by root");
    return Number(stdout);
  });
  if (user === undefined || group === undefined) return [];
  for (const folder of folders) await chown(folder, user, group);
  return ["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups"];
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("the system gave no port");
  return address.port;
}
