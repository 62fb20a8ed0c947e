import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import type { CommandEnd } from "../../schemas/event.ts";
import type { RedactingStream } from "../logs/redactor.ts";
import type { AttemptHandle, AttemptSink } from "./adapter.ts";
import { startFailure } from "./process-failure.ts";
import type { ProcessEnd, ProcessRequest, Talk } from "./process-request.ts";
import { OutputTail } from "./output-tail.ts";
import { ProcessTree } from "./process-tree.ts";

/** What a program that ended by itself leaves running gets this long to end, too. */
const LEFT_OVER_GRACE_MS = 1_000;
/** Output that is still in the pipes is read until they are silent this long. */
const DRAIN_SILENCE_MS = 200;
const DRAIN_LIMIT_MS = 2_000;

/** What a process says and what happens to it, of what attempts say. */
type OutputSink = Pick<AttemptSink, "output" | "log">;

/** Runs a program in a process group and session of its own and streams its output. `result` settles when its whole tree is gone. */
export function runProcess(request: ProcessRequest, sink: OutputSink): AttemptHandle<ProcessEnd> {
  const run = new ProcessRun(request, sink);
  return {
    result: run.result,
    stop: (graceMs) => {
      run.stop(graceMs);
    },
  };
}

class ProcessRun {
  readonly result: Promise<ProcessEnd>;
  readonly #sink: OutputSink;
  readonly #request: ProcessRequest;
  readonly #stderr = new OutputTail(1_000);
  readonly #errors: RedactingStream | null;
  #tree: ProcessTree | null = null;
  /** What a stop set in motion. */
  #ending: Promise<void> | null = null;
  #hasEnded = false;
  #wasStopped = false;
  #lastOutput = 0;
  /** Ends the wait for an exit that does not come, because the process cannot be killed. */
  #giveUp: () => void = () => {};

  constructor(request: ProcessRequest, sink: OutputSink) {
    this.#request = request;
    this.#errors = request.redactor?.stream() ?? null;
    this.#sink = sink;
    this.result = this.#run();
  }

  stop(graceMs: number): void {
    if (!this.#hasEnded) this.#wasStopped = true;
    if (this.#tree) this.#ending = this.#end(this.#tree, graceMs);
  }

  async #run(): Promise<ProcessEnd> {
    const from = performance.now();
    const child = start(this.#request);
    if (child instanceof Error) return this.#notStarted(child);
    const { attemptId } = this.#request;
    const tree = new ProcessTree((info) => info.attemptId === attemptId, child.pid ?? null);
    this.#tree = tree;
    const ended = this.#watch(child);
    if (child.pid === undefined) {
      // No pid, no exit: an error always comes instead.
      return this.#notStarted(await new Promise<Error>((resolve) => child.once("error", resolve)));
    }
    child.on("error", (late) => {
      this.#sink.log("warn", `the process reports: ${late.message}`);
    });
    child.stdin?.on("error", () => {
      // It closed its input or ended without reading all of it, which is its right.
    });
    if (this.#request.talk) this.#open(child, child.pid, this.#request.talk);
    else child.stdin?.end(this.#request.input);
    const end = await ended;
    if (this.#ending) await this.#ending;
    else if (await tree.hasMembers(performance.now() - from)) await this.#endLeftOvers(tree);
    await this.#drain(child);
    if (this.#errors) this.#stderr.push(this.#errors.end());
    return {
      end,
      hasStarted: true,
      wasStopped: this.#wasStopped,
      failure: null,
      lastError: this.#stderr.lastLine(),
    };
  }

  #watch(child: ChildProcess): Promise<CommandEnd | null> {
    const { talk } = this.#request;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.on("data", (chunk: Buffer) => {
        this.#lastOutput = performance.now();
        if (stream === "stderr") this.#stderr.push(this.#errors?.push(chunk) ?? chunk);
        if (stream === "stdout" && talk?.transport === "lines") talk.heard(chunk);
        else this.#sink.output(stream, chunk);
      });
    }
    if (talk?.transport === "ipc") {
      ipcStream(child)?.on("data", (chunk: Buffer) => {
        this.#lastOutput = performance.now();
        talk.heard(chunk);
      });
    }
    return new Promise((resolve) => {
      this.#giveUp = () => {
        resolve(null);
      };
      // Not "close": an orphan that holds the output would hold us, too.
      child.once("exit", (exitCode, signal) => {
        this.#hasEnded = true;
        resolve({ exitCode, signal });
      });
    });
  }

  #open(child: ChildProcess, pid: number, talk: Talk): void {
    const socket = ipcStream(child);
    const input = talk.transport === "ipc" ? socket : child.stdin;
    const output = talk.transport === "ipc" ? socket : child.stdout;
    socket?.on("error", () => {
      // The same as with standard input.
    });
    talk.opened({
      pid,
      write: (text) => {
        if (input?.writable === true) input.write(text);
      },
      get unread() {
        return input?.writableLength ?? 0;
      },
      end: () => input?.end(),
      pause: () => output?.pause(),
      resume: () => output?.resume(),
    });
  }

  async #notStarted(error: Error): Promise<ProcessEnd> {
    this.#tree = null;
    const failure = await startFailure(this.#request, error);
    return { end: null, hasStarted: false, wasStopped: this.#wasStopped, failure, lastError: "" };
  }

  async #endLeftOvers(tree: ProcessTree): Promise<void> {
    const { ended } = await tree.end(LEFT_OVER_GRACE_MS);
    // Processes may have been on their way out by themselves.
    if (ended > 0)
      this.#sink.log("info", `${count(ended)} that the command left running ${ended === 1 ? "was" : "were"} ended`);
    await this.#end(tree, LEFT_OVER_GRACE_MS);
  }

  async #end(tree: ProcessTree, graceMs: number): Promise<void> {
    const { survivors } = await tree.end(graceMs);
    if (survivors.length === 0) return;
    this.#sink.log(
      "error",
      `could not be ended: ${count(survivors.length)} (pid ${survivors.join(", ")}); end them by hand`,
    );
    this.#giveUp();
  }

  /** Reads what the pipes still hold: until they are closed, or silent for a while, because a stranger may hold them open. */
  async #drain(child: ChildProcess): Promise<void> {
    const streams = [child.stdout, child.stderr, ipcStream(child)].filter((stream) => stream !== null);
    // Somebody may have paused it.
    for (const stream of streams) stream.resume();
    const closed = Promise.all(streams.map(readableEnd));
    const from = performance.now();
    const silence = new AbortController();
    const quiet = (async () => {
      while (!silence.signal.aborted) {
        await pause(DRAIN_SILENCE_MS, silence.signal);
        // After a busy time the timer comes before the data that waits behind it.
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise((resolve) => setImmediate(resolve));
        const now = performance.now();
        if (now - this.#lastOutput >= DRAIN_SILENCE_MS || now - from > DRAIN_LIMIT_MS) return;
      }
    })();
    await Promise.race([closed, quiet]);
    silence.abort();
    await quiet;
    for (const stream of streams) stream.destroy();
  }
}

/** Spawning throws for what it refuses (NUL in an argument, a batch file) and reports by event what the system refuses. */
function start({ argv, cwd, env, input, talk }: ProcessRequest): ChildProcess | Error {
  const [program = "", ...rest] = argv;
  const hasInput = input !== null || talk?.transport === "lines";
  const hasSocket = talk?.transport === "ipc";
  try {
    return spawn(program, rest, {
      cwd,
      env: hasSocket ? { ...env, ...IPC_VARIABLES } : env,
      detached: true,
      windowsHide: true,
      stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe", ...(hasSocket ? ["pipe" as const] : [])],
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** How Node tells a forked program of its channel (`execPath` of child_process in its documentation). */
const IPC_VARIABLES = { NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" };

/** The socket at descriptor 3, where there is one. */
function ipcStream(child: ChildProcess): Socket | null {
  const stream = child.stdio[3];
  return stream instanceof Socket ? stream : null;
}

function readableEnd(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.readable) resolve();
    stream.once("close", resolve);
    stream.once("end", resolve);
  });
}

function pause(delay: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delay);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function count(processes: number): string {
  return `${processes} process${processes === 1 ? "" : "es"}`;
}
