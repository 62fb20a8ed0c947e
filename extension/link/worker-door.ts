import { setTimeout as sleep } from "node:timers/promises";
import { failure, FailureError } from "../../schemas/failure.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { attachWorker, connectWorker, type WorkerConnection } from "../../worker/link/connect.ts";
import { endWorker } from "../../worker/link/end-worker.ts";
import { hasEnded } from "../../worker/link/process-identity.ts";
import { realFolder } from "../../worker/link/state-folder.ts";
import { folderState, stateFolderPath } from "../../worker/link/state-places.ts";
import { readWorkerRecord } from "../../worker/link/worker-record.ts";

/** The worker's way to us, as a link uses it. Tests have their own. */
export interface WorkerDoor {
  /** Null when none runs and none may be started. Throws FailureError as `connectWorker` does. */
  connect(how: {
    start: boolean;
    onWait(message: string): void;
    signal: AbortSignal;
  }): Promise<WorkerConnection | null>;
  /**
   * Ends the process of a worker: in order with a grace, at once without. Resolves with whether it is gone; false also when the system
   * does not tell one process from a later one with the same number.
   */
  end(pid: number, graceMs: number, signal: AbortSignal): Promise<boolean>;
  /**
   * To be called before a lost worker is replaced. When it left in order, somebody may have asked it to make room for a newer version:
   * resolves when that one is there, or when enough time has passed.
   */
  awaitSuccessor(lost: WorkerRecord, signal: AbortSignal): Promise<void>;
  /** For whoever still asks a link that was disposed. */
  closed(): Error;
}

export interface DoorOptions {
  readonly folder: string;
  readonly workerEntry: string;
  readonly version: string;
  readonly clientName: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The program that runs the worker; undefined: the one that runs this process. */
  program(): string | undefined;
}

/** Leaving in order includes the grace of agents that are stopped. */
const LEAVE_MS = 25_000;
const SUCCESSOR_MS = 2_000;
const LOOK_MS = 100;

/** The door to the worker of a folder on this machine. */
export function workerDoor(options: DoorOptions): WorkerDoor {
  const { folder, environment } = options;
  const recordNow = async (): Promise<WorkerRecord | null> => {
    const reading = await readWorkerRecord(folderState(stateFolderPath(environment), await realFolder(folder)));
    return reading.kind === "present" ? reading.record : null;
  };
  return {
    connect: async ({ start, onWait, signal }) => {
      const program = options.program();
      const { workerEntry, version, clientName } = options;
      const all = { workerEntry, version, clientName, environment, onWait, signal, olderWorker: "replace" } as const;
      const how = program === undefined ? all : { ...all, program };
      return start ? connectWorker(folder, { ...how, start }) : attachWorker(folder, how);
    },
    end: async (pid, graceMs, signal) => {
      const record = await recordNow();
      // Another record is that of another worker, and without a start time the number may be anybody's by now.
      if (record?.pid !== pid) return true;
      return record.processStart !== null && endWorker(record, { graceMs, signal });
    },
    awaitSuccessor: async (lost, signal) => {
      // A worker that was killed leaves its record behind.
      if ((await recordNow()) !== null) return;
      await hasEnded(lost.pid, lost.processStart, LEAVE_MS, signal);
      for (let waited = 0; waited < SUCCESSOR_MS && (await recordNow()) === null; waited += LOOK_MS)
        await sleep(LOOK_MS, undefined, { signal });
    },
    closed: () => new FailureError(failure("cancelled", `Planwright is no longer used for ${folder} in this window`)),
  };
}
