import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { failure, type Failure } from "../../schemas/failure.ts";
import { WorkerAnnouncement } from "../../schemas/worker-announcement.ts";
import type { FolderState } from "./state-places.ts";

/** A launch that ended without a word of the worker. */
interface Silence {
  readonly kind: "silent";
  readonly message: string;
}

export interface LaunchOptions {
  readonly workerEntry: string;
  /** The program that runs it; default: the one that runs this process. */
  readonly program?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  readonly timeoutMs: number;
  /** Aborted: nobody waits for the announcement any more. The worker that is starting goes on. */
  readonly signal: AbortSignal;
}

/** The descriptor on which the worker announces itself, once (worker/server/announcer.ts). */
export const READY_FD = 3;

/**
 * Starts a worker that outlives this process and waits for its announcement: no polling, the pipe says it or closes.
 * Never rejects for what a person can cause. A worker that says nothing in time is killed.
 */
export async function startWorker(state: FolderState, options: LaunchOptions): Promise<WorkerAnnouncement> {
  if (!existsSync(options.workerEntry)) {
    const message = `the worker's program ${options.workerEntry} is missing: reinstall Planwright`;
    return { kind: "failed", failure: failure("worker_unavailable", message, { details: { lasting: true } }) };
  }
  const stderrPath = path.join(state.workerDir, `launch-${randomBytes(6).toString("hex")}.stderr`);
  const stderr = await open(stderrPath, "wx", 0o600);
  let launch: WorkerAnnouncement | Silence;
  try {
    const child = spawn(
      options.program ?? process.execPath,
      [options.workerEntry, "--folder", state.folder, "--ready-fd", String(READY_FD)],
      {
        detached: true,
        windowsHide: true,
        // Not the workspace folder: some systems refuse to remove a folder in which a process stands.
        cwd: state.workerDir,
        stdio: ["ignore", "ignore", stderr.fd, "pipe"],
        env: workerEnvironment(options.environment, state),
      },
    );
    launch = await announcement(child, options.timeoutMs, options.signal);
  } finally {
    await stderr.close();
  }
  if (launch.kind === "owned") {
    await rm(stderrPath, { force: true });
    return launch;
  }
  // Kept under one name, so that what a crash leaves there can be read and nothing piles up.
  const kept = path.join(state.workerDir, "stderr.log");
  await rename(stderrPath, kept);
  if (launch.kind !== "silent") return launch;
  return { kind: "failed", failure: await withLastLines(launch.message, kept) };
}

/**
 * Makes glibc give memory back to the system (mallopt(3)). By itself it raises these limits when large buffers come and go, such as
 * the text of a plan, and keeps what is freed below them. Other systems do not know these names.
 */
const SMALL_HEAP = {
  MALLOC_MMAP_THRESHOLD_: "131072",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_ARENA_MAX: "2",
} as const;

/**
 * The worker gets the person's environment, because its agents choose from it, without what belongs to the program that
 * happened to start it. Compiled code is cached in the state folder: in a shared temporary folder others could write it.
 */
export function workerEnvironment(base: NodeJS.ProcessEnv, state: FolderState): NodeJS.ProcessEnv {
  const kept = Object.entries(base).filter(
    ([name]) =>
      !/^(?:NODE_(?:OPTIONS|CHANNEL_.*|UNIQUE_ID)|ELECTRON_.*|VSCODE_.*|npm_(?:lifecycle|package)_.*)$/.test(name),
  );
  return {
    ...SMALL_HEAP,
    ...Object.fromEntries(kept),
    ELECTRON_RUN_AS_NODE: "1",
    NODE_COMPILE_CACHE: path.join(state.root, "compile-cache"),
  };
}

function announcement(
  child: ChildProcess,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<WorkerAnnouncement | Silence> {
  const pipe = child.stdio[READY_FD];
  return new Promise((resolve) => {
    let text = "";
    const settle = (launch: WorkerAnnouncement | Silence): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", letGo);
      child.removeAllListeners();
      // A late error of a child that is no longer watched has nobody to go to.
      child.on("error", () => {});
      if (isReadable(pipe)) pipe.destroy();
      child.unref();
      resolve(launch);
    };
    const letGo = (): void => {
      settle(silence("nobody waits for the worker any more"));
    };
    signal.addEventListener("abort", letGo);
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      settle(silence(`the worker did not start within ${timeoutMs / 1_000} s: try again`));
    }, timeoutMs);
    if (signal.aborted) letGo();
    child.once("error", (error) => {
      const isMissing = "code" in error && error.code === "ENOENT";
      const reason = isMissing ? `there is no program ${child.spawnfile}` : error.message;
      settle(silence(`the worker could not be started: ${reason}`));
    });
    if (!isReadable(pipe)) return;
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end >= 0) settle(parseAnnouncement(text.slice(0, end)));
    });
    pipe.on("error", () => {});
    child.once("exit", (code, signal) => {
      // What the worker wrote before it ended may still be in the pipe.
      const giveUp = (): void => {
        settle(silence(`the worker ended while it started (${signal ?? `exit code ${String(code)}`})`));
      };
      if (pipe.readableEnded || pipe.destroyed) giveUp();
      else pipe.once("close", giveUp);
    });
  });
}

function parseAnnouncement(line: string): WorkerAnnouncement | Silence {
  try {
    const parsed = WorkerAnnouncement.safeParse(JSON.parse(line));
    if (parsed.success) return parsed.data;
  } catch {
    // Said below: what is not JSON is not an announcement either.
  }
  return silence("the program that was started is not a worker of this version: reinstall Planwright");
}

function silence(message: string): Silence {
  return { kind: "silent", message };
}

/** What it printed last, without the frames of a stack: those are in the file. */
async function withLastLines(message: string, file: string): Promise<Failure> {
  const lines = (await readFile(file, "utf8")).slice(-4_096).split("\n");
  const said = lines.filter((line) => line.trim() !== "" && !/^\s+at |^Node\.js v/.test(line)).slice(-10);
  const words = said.length === 0 ? "" : `\nIts last words, all of which are in ${file}:\n${said.join("\n")}`;
  return failure("worker_unavailable", `${message}${words}`);
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === "object" && stream !== null && "setEncoding" in stream;
}
