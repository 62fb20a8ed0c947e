import { spawn, type ChildProcess } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Client } from "../../schemas/client.ts";
import { SettledDecision } from "../../schemas/decision.ts";
import { ExecutionView } from "../../schemas/execution.ts";
import { VERSION } from "../../schemas/version.ts";
import { WorkerRecord } from "../../schemas/worker-record.ts";
import { connectWorker } from "../../worker/link/connect.ts";

const PROGRAM = fileURLToPath(new URL("../../dist/planwright.mjs", import.meta.url));
const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const Inbox = z.object({ decisions: z.array(SettledDecision) });

/** A running command line. */
export interface CliProcess {
  readonly process: ChildProcess;
  readonly result: Promise<CliResult>;
  /** Resolves when the standard output contains the text; rejects when the command ends before. */
  printed(text: string): Promise<void>;
  /** The same for the standard error. */
  complained(text: string): Promise<void>;
}

/** A workspace with a state folder of its own, and the built command line to use on it. Call `remove` at the end. */
export class CliWorld {
  readonly root: string;
  readonly folder: string;
  readonly stateHome: string;
  /** Variables of every command of this world, and so of its worker. */
  environment: Readonly<Record<string, string>> = {};

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "planwright-cli-")));
    this.folder = join(this.root, "workspace");
    this.stateHome = join(this.root, "state");
    mkdirSync(this.folder);
    mkdirSync(this.stateHome);
  }

  write(path: string, content: string | Uint8Array): string {
    const full = join(this.folder, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  }

  read(path: string): string {
    return readFileSync(join(this.folder, path), "utf8");
  }

  start(
    words: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    from: string = this.folder,
  ): CliProcess {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: from,
      env: this.#environment(environment),
      stdio: ["ignore", "pipe", "pipe"],
    });
    return watched(child, child.stdout, child.stderr);
  }

  /** With a standard input that holds these bytes. */
  feed(input: string | Uint8Array, ...words: string[]): Promise<CliResult> {
    const child = spawn(process.execPath, [PROGRAM, ...words], {
      cwd: this.folder,
      env: this.#environment({}),
      stdio: ["pipe", "pipe", "pipe"],
    });
    // A command that has seen enough leaves the rest unread.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    return watched(child, child.stdout, child.stderr).result;
  }

  /** The command line in a terminal of its own (`script` of util-linux), where a person can type. */
  startInTerminal(...words: string[]): CliProcess & { type(line: string): void } {
    const line = [process.execPath, PROGRAM, ...words].map((word) => `'${word}'`).join(" ");
    const child = spawn("script", ["-qefc", `stty cols 120 rows 40; exec ${line}`, "/dev/null"], {
      cwd: this.folder,
      env: this.#environment({ TERM: "xterm", NO_COLOR: "1", SHELL: "/bin/sh" }),
      stdio: ["pipe", "pipe", "pipe"],
    });
    return {
      ...watched(child, child.stdout, child.stderr),
      type: (text) => {
        child.stdin.write(`${text}\r`);
      },
    };
  }

  #environment(more: Readonly<Record<string, string>>): Record<string, string> {
    const own = { PATH: process.env["PATH"] ?? "", HOME: this.root, XDG_STATE_HOME: this.stateHome };
    return { ...own, ...this.environment, ...more };
  }

  run(...words: string[]): Promise<CliResult> {
    return this.start(words).result;
  }

  /** The last line of the standard output as JSON. */
  async json<T extends z.ZodType>(schema: T, ...words: string[]): Promise<z.output<T>> {
    const { stdout, stderr } = await this.run(...words, "--json");
    const last = stdout.trimEnd().split("\n").at(-1) ?? "";
    if (last === "") throw new Error(`no output: ${stderr}`);
    return schema.parse(JSON.parse(last));
  }

  /** A client of this workspace's worker in this process, for what the command line does not offer. Dispose it. */
  async connect(): Promise<Client> {
    const { client } = await connectWorker(this.folder, {
      start: true,
      workerEntry: WORKER,
      clientName: "test",
      version: VERSION,
      environment: this.#environment({}),
    });
    return client;
  }

  /** An execution as it stands, with all of its steps. */
  execution(name = "latest"): Promise<ExecutionView> {
    return this.json(ExecutionView, "status", name);
  }

  /** What waits for a person; with `all` also what was decided. */
  async inbox(all = false): Promise<SettledDecision[]> {
    return (await this.json(Inbox, "inbox", ...(all ? ["--all"] : []))).decisions;
  }

  /** The lines of a file that steps write to; none when it does not exist. */
  lines(path: string): string[] {
    const full = join(this.folder, path);
    return existsSync(full) ? readFileSync(full, "utf8").trimEnd().split("\n") : [];
  }

  /** Ends the worker of this workspace and resolves when it is gone. */
  async endWorker(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const pid = this.workerPid();
    if (pid === null) throw new Error("no worker runs");
    await endProcess(pid, signal);
  }

  /** The pid of the worker that runs for this workspace, by its record; null when there is none. */
  workerPid(): number | null {
    return this.workerRecord()?.pid ?? null;
  }

  workerRecord(): WorkerRecord | null {
    const workers = join(this.stateHome, "planwright", "workers");
    try {
      const [key = ""] = readdirSync(workers);
      return WorkerRecord.parse(JSON.parse(readFileSync(join(workers, key, "worker.json"), "utf8")));
    } catch {
      return null;
    }
  }

  /** Ends the worker of this workspace, waits until it is gone, and removes the folders. */
  async remove(): Promise<void> {
    const pid = this.workerPid();
    if (pid !== null) await endProcess(pid, "SIGTERM");
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Sends a signal to a process that is not our child and resolves when it is gone. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  try {
    process.kill(pid, signal);
    for (;;) {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  } catch {
    // ESRCH: it is gone.
  }
}

function watched(child: ChildProcess, output: Readable, errors: Readable): CliProcess {
  let stdout = "";
  let stderr = "";
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  output.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look();
  });
  errors.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    look();
  });
  const result = new Promise<CliResult>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  const said = (text: string, stream: () => string): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => {
        if (stream().includes(text)) resolve();
      };
      waiting.add(check);
      check();
      result.then(() => reject(new Error(`ended without printing ${text}:\n${stdout}\n${stderr}`)), reject);
    });
  const printed = (text: string): Promise<void> => said(text, () => stdout);
  const complained = (text: string): Promise<void> => said(text, () => stderr);
  return { process: child, result, printed, complained };
}
