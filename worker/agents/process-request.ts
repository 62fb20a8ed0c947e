import type { CommandEnd } from "../../schemas/event.ts";
import type { Failure } from "../../schemas/failure.ts";
import type { Redactor } from "../logs/redactor.ts";

/** What is to be run. */
export interface ProcessRequest {
  /** The program and its arguments, without a shell in between. */
  readonly argv: readonly string[];
  /** An existing folder. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Written to standard input, which is empty otherwise. */
  readonly input: string | null;
  /** How it is talked to while it runs; then `input` is null. */
  readonly talk?: Talk;
  /** Stands in `env`, and finds what belongs to the process. */
  readonly attemptId: string;
  /** Takes secrets out of what is said of its end. */
  readonly redactor?: Redactor;
}

/**
 * `lines`: over standard input and output, which then is no output of it. `ipc`: over the channel that Node gives to a forked program,
 * one JSON object a line on a socket whose descriptor stands in NODE_CHANNEL_FD. We read it ourselves instead of leaving that to Node,
 * which would keep a message without an end in memory, however long it is.
 */
export interface Talk {
  readonly transport: "lines" | "ipc";
  /** It runs. */
  opened(channel: Channel): void;
  /** Bytes that it says. */
  heard(chunk: Buffer): void;
}

/** The way to a running program. */
export interface Channel {
  readonly pid: number;
  /** What a program that has ended or reads no more is told is lost. */
  write(text: string): void;
  /** Bytes that it has not read yet. */
  readonly unread: number;
  /** Nothing more will be said: it sees the end of its input. */
  end(): void;
  /** Reads nothing from it until `resume`: it waits when it says more than the pipe holds. */
  pause(): void;
  resume(): void;
}

/** How it went. */
export interface ProcessEnd {
  /** Null when it did not start, or could not be ended. */
  readonly end: CommandEnd | null;
  readonly hasStarted: boolean;
  /** Stopping was asked for before it ended by itself. */
  readonly wasStopped: boolean;
  readonly failure: Failure | null;
  /** The last line of its standard error. */
  readonly lastError: string;
}
