import type { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import type { CommandEnd } from "../../../schemas/event.ts";

/** A program that runs, whoever has started it. */
export interface StartedProcess {
  readonly pid: number;
  /** As in ProcessInfo; null where the system does not tell. */
  readonly start: number | null;
  /** Null when it has none. */
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Its descriptor 3, where it has that. */
  readonly socket: Socket | null;
  /** Null when nobody can tell how it ended, because who started it is gone. It may run on then. */
  readonly ended: Promise<ProcessExit | null>;
}

/** How a program ended. */
export interface ProcessExit {
  readonly end: CommandEnd;
  /** Nothing that it has started is left. False also where that takes a walk over all processes. */
  readonly isAlone: boolean;
}

/** `failed`: the system does not start it. `lost`: nobody can tell whether it was started; when it was, it carries its marks. */
export type Start =
  | { readonly kind: "started"; readonly process: StartedProcess }
  | { readonly kind: "failed"; readonly error: Error }
  | { readonly kind: "lost" };
