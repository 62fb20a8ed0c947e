import { appendFileSync, renameSync, statSync } from "node:fs";

/** The worker's diagnostics about itself, for whoever looks for the cause of a mistake. Not the log of an execution. */
export interface WorkerLog {
  note(message: string): void;
  /** With the stack, which clients never get. */
  bug(what: string, error: unknown): void;
}

const MAX_BYTES = 1024 * 1024;

/**
 * Appends lines to the file, 0600; at 1 MB it becomes `FILE.1`, so that both together stay below 2 MB.
 * Never throws: a worker whose disk is full has more important things to say elsewhere.
 */
export function openWorkerLog(file: string, now: () => Date, maxBytes = MAX_BYTES): WorkerLog {
  const write = (level: string, message: string): void => {
    try {
      if (sizeOf(file) >= maxBytes) renameSync(file, `${file}.1`);
      const text = message.length > 16_384 ? `${message.slice(0, 16_384)} …` : message;
      appendFileSync(file, `${now().toISOString()} ${process.pid} ${level} ${text}\n`, { mode: 0o600 });
    } catch {
      // See above.
    }
  };
  return {
    note: (message) => {
      write("note", message);
    },
    bug: (what, error) => {
      write("bug", `${what}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
  };
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
