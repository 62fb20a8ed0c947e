import { randomUUID } from "node:crypto";
import type { CommandEnd } from "../../../schemas/event.ts";
import type { AttemptHandle, AttemptSink } from "../adapter.ts";
import { ATTEMPT_VARIABLE } from "../environment.ts";
import { LastBytes } from "../last-bytes.ts";
import type { ProcessEnd } from "../process-request.ts";
import { runProcess } from "../run-process.ts";
import type { Redactor } from "../../logs/redactor.ts";

const MAX_OUTPUT = 1_000_000;
const MAX_TERMINALS = 50;
const KILL_GRACE_MS = 1_000;

export interface TerminalRequest {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Terminal {
  readonly handle: AttemptHandle<ProcessEnd>;
  readonly output: LastBytes;
  readonly end: Promise<CommandEnd>;
  exit: CommandEnd | null;
}

/**
 * Commands that an agent has us run, although we never offered that: some ask regardless. Each has an id of its own in the place of the
 * attempt's, so that its tree is not taken for the agent's; all end with the attempt.
 */
export class ClientTerminals {
  readonly #terminals = new Map<string, Terminal>();
  readonly #options: { readonly attemptId: string; readonly redactor: Redactor; readonly sink: AttemptSink };

  constructor(options: { readonly attemptId: string; readonly redactor: Redactor; readonly sink: AttemptSink }) {
    this.#options = options;
  }

  /** Starts a command and returns the terminal's id; null: there are too many already. */
  create({ argv, cwd, env }: TerminalRequest): string | null {
    if (this.#terminals.size >= MAX_TERMINALS) return null;
    const { attemptId, redactor, sink } = this.#options;
    const id = randomUUID();
    const own = `${attemptId}/${id}`;
    const output = new LastBytes(MAX_OUTPUT);
    const handle = runProcess(
      { argv, cwd, env: { ...env, [ATTEMPT_VARIABLE]: own }, input: null, attemptId: own, redactor },
      {
        output: (_stream, chunk) => output.push(chunk),
        log: (level, message) => sink.log(level, message),
      },
    );
    const end = handle.result.then((ended) => {
      if (ended.failure !== null) output.push(Buffer.from(`${ended.failure.message}\n`));
      terminal.exit = ended.end ?? { exitCode: 127, signal: null };
      return terminal.exit;
    });
    const terminal: Terminal = { handle, output, end, exit: null };
    this.#terminals.set(id, terminal);
    return id;
  }

  /** What it has printed, at most its last megabyte; null: there is no such terminal. */
  output(
    id: string,
  ): { readonly output: string; readonly truncated: boolean; readonly exit: CommandEnd | null } | null {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) return null;
    const text = terminal.output.bytes().toString("utf8");
    return { output: text, truncated: terminal.output.isCut, exit: terminal.exit };
  }

  /** Resolves when it has ended; null: there is no such terminal. */
  async ended(id: string): Promise<CommandEnd | null> {
    return (await this.#terminals.get(id)?.end) ?? null;
  }

  kill(id: string): boolean {
    const terminal = this.#terminals.get(id);
    terminal?.handle.stop(KILL_GRACE_MS);
    return terminal !== undefined;
  }

  async release(id: string): Promise<boolean> {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) return false;
    terminal.handle.stop(KILL_GRACE_MS);
    await terminal.end;
    this.#terminals.delete(id);
    return true;
  }

  /** Ends all of them. */
  async close(graceMs: number): Promise<void> {
    const all = [...this.#terminals.values()];
    for (const { handle } of all) handle.stop(Math.min(graceMs, KILL_GRACE_MS));
    await Promise.all(all.map(({ end }) => end));
  }
}
