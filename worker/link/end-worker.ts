import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { hasEnded, isAlive } from "./process-identity.ts";

/** A process that was killed is gone at once, unless the system is busy with it. */
const KILLED_MS = 5_000;

export interface EndOptions {
  /** How long it may take to leave in order, in milliseconds; 0: it is killed at once, because it does not listen any more. */
  readonly graceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Ends the process of a worker by its identity, never another one that got its pid. What it ran is ended by the next worker.
 * Resolves with whether it is gone. Never rejects but for the signal.
 */
export async function endWorker(record: WorkerRecord, { graceMs, signal }: EndOptions): Promise<boolean> {
  const { pid, processStart } = record;
  if (graceMs > 0) {
    if (!(await signalled(record, "SIGTERM"))) return true;
    if (await hasEnded(pid, processStart, graceMs, signal)) return true;
  }
  if (!(await signalled(record, "SIGKILL"))) return true;
  return hasEnded(pid, processStart, KILLED_MS, signal);
}

/** False when it is gone already. */
async function signalled({ pid, processStart }: WorkerRecord, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(pid, processStart))) return false;
  try {
    process.kill(pid, name);
  } catch {
    // Gone in this moment, or not ours to end: asking for it again tells.
  }
  return true;
}
