import { failure } from "../../schemas/failure.ts";
import type { RedactingStream } from "../logs/redactor.ts";
import type { AttemptHandle, AttemptSink } from "./adapter.ts";
import { startFailure } from "./process-failure.ts";
import type { ProcessEnd, ProcessRequest, Talk } from "./process-request.ts";
import type { ProcessInfo } from "./process-list.ts";
import { OutputTail } from "./output-tail.ts";
import { ProcessTree } from "./process-tree.ts";
import { startProcess } from "./spawner/start-process.ts";
import type { ProcessExit, StartedProcess } from "./spawner/started-process.ts";

/** What a program that ended by itself leaves running gets this long to end, too. */
const LEFT_OVER_GRACE_MS = 1_000;
/** Output that is still in the pipes is read until they are silent this long. */
const DRAIN_SILENCE_MS = 200;
const DRAIN_LIMIT_MS = 2_000;
/** Where nothing of the program is left, its output ends by itself: it is waited for this long, since others pass it on and may be busy. */
const DRAIN_ALONE_MS = 3_000;

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
  /** A stop that came before the start was known. */
  #graceMs: number | null = null;
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
    else this.#graceMs = Math.min(graceMs, this.#graceMs ?? Infinity);
  }

  async #run(): Promise<ProcessEnd> {
    const { argv, cwd, env, input, talk, attemptId } = this.#request;
    const hasSocket = talk?.transport === "ipc";
    const start = await startProcess({
      argv,
      cwd,
      env: hasSocket ? { ...env, ...IPC_VARIABLES } : env,
      hasInput: input !== null || talk?.transport === "lines",
      hasSocket,
    });
    if (start.kind === "failed") return this.#notStarted(start.error);
    const isMarked = (info: ProcessInfo): boolean => info.attemptId === attemptId;
    if (start.kind === "lost") return this.#lost(new ProcessTree(isMarked, null));
    const child = start.process;
    const tree = new ProcessTree(isMarked, child);
    this.#tree = tree;
    const ended = this.#watch(child);
    child.stdin?.on("error", () => {
      // It closed its input or ended without reading all of it, which is its right.
    });
    if (talk) this.#open(child, talk);
    else child.stdin?.end(input);
    if (this.#graceMs !== null) this.stop(this.#graceMs);
    const exit = await ended;
    const { end, isAlone } = typeof exit === "object" && exit !== null ? exit : { end: exit, isAlone: false };
    if (end === "unknown") await this.#end(tree, LEFT_OVER_GRACE_MS);
    let hasLeftOvers = false;
    if (this.#ending) await this.#ending;
    else if (!isAlone && (await tree.members()).length > 0) {
      hasLeftOvers = true;
      await this.#endLeftOvers(tree);
    }
    await this.#drain(child, hasLeftOvers ? DRAIN_SILENCE_MS : DRAIN_ALONE_MS);
    if (this.#errors) this.#stderr.push(this.#errors.end());
    const lastError = this.#stderr.lastLine();
    if (end === "unknown") return { ...this.#lostEnd(), lastError };
    return { end, hasStarted: true, wasStopped: this.#wasStopped, failure: null, lastError };
  }

  /** Settles with how it ended, "unknown" when nobody can tell, null when the wait was given up. */
  #watch(child: StartedProcess): Promise<ProcessExit | "unknown" | null> {
    const { talk } = this.#request;
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        this.#lastOutput = performance.now();
        if (stream === "stderr") this.#stderr.push(this.#errors?.push(chunk) ?? chunk);
        if (stream === "stdout" && talk?.transport === "lines") talk.heard(chunk);
        else this.#sink.output(stream, chunk);
      });
    }
    if (talk?.transport === "ipc") {
      child.socket?.on("data", (chunk: Buffer) => {
        this.#lastOutput = performance.now();
        talk.heard(chunk);
      });
    }
    const givenUp = new Promise<null>((resolve) => {
      this.#giveUp = () => {
        resolve(null);
      };
    });
    return Promise.race([this.#endOf(child), givenUp]);
  }

  /** Not the end of its output: an orphan that holds that would hold us, too. */
  async #endOf({ ended }: StartedProcess): Promise<ProcessExit | "unknown"> {
    const exit = await ended;
    if (exit !== null) this.#hasEnded = true;
    return exit ?? "unknown";
  }

  #open({ pid, socket, stdin, stdout }: StartedProcess, talk: Talk): void {
    const input = talk.transport === "ipc" ? socket : stdin;
    const output = talk.transport === "ipc" ? socket : stdout;
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
    const reason = await startFailure(this.#request, error);
    return { end: null, hasStarted: false, wasStopped: this.#wasStopped, failure: reason, lastError: "" };
  }

  /** Whether it was started is not known: what there is of it is ended. */
  async #lost(tree: ProcessTree): Promise<ProcessEnd> {
    this.#tree = tree;
    await this.#end(tree, this.#graceMs ?? LEFT_OVER_GRACE_MS);
    return this.#lostEnd();
  }

  #lostEnd(): ProcessEnd {
    const text =
      "the command was ended, because the small process of Planwright that had started it is gone: try again";
    return {
      end: null,
      hasStarted: true,
      wasStopped: this.#wasStopped,
      failure: failure("crash", text),
      lastError: "",
    };
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
  async #drain(child: StartedProcess, patienceMs: number): Promise<void> {
    const streams = [child.stdout, child.stderr, child.socket].filter((stream) => stream !== null);
    // Somebody may have paused it.
    for (const stream of streams) stream.resume();
    const closed = allEnded(streams);
    const from = performance.now();
    // Most have nothing more to say, and need no timer.
    let isOver = (await Promise.race([closed, nextTurn()])) || (await within(patienceMs, closed));
    while (!isOver) isOver = (await within(DRAIN_SILENCE_MS, closed)) || (await this.#isSilent(from));
    for (const stream of [...streams, child.stdin]) stream?.destroy();
  }

  async #isSilent(from: number): Promise<boolean> {
    // After a busy time the timer comes before the data that waits behind it.
    await nextTurn();
    await nextTurn();
    const now = performance.now();
    return now - this.#lastOutput >= DRAIN_SILENCE_MS || now - from > DRAIN_LIMIT_MS;
  }
}

/** How Node tells a forked program of its channel (`execPath` of child_process in its documentation). */
const IPC_VARIABLES = { NODE_CHANNEL_FD: "3", NODE_CHANNEL_SERIALIZATION_MODE: "json" };

async function allEnded(streams: readonly NodeJS.ReadableStream[]): Promise<true> {
  await Promise.all(streams.map(readableEnd));
  return true;
}

function readableEnd(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    if (!stream.readable) resolve();
    stream.once("close", resolve);
    stream.once("end", resolve);
  });
}

function nextTurn(): Promise<false> {
  return new Promise((resolve) => {
    setImmediate(resolve, false);
  });
}

/** Whether it came within this time. */
async function within(limitMs: number, promise: Promise<true>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, limitMs, false);
  });
  const isInTime = await Promise.race([promise, late]);
  clearTimeout(timer);
  return isInTime;
}

function count(processes: number): string {
  return `${processes} process${processes === 1 ? "" : "es"}`;
}
