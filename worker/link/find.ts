import { isAlive } from "./process-identity.ts";
import type { FolderState } from "./state-places.ts";
import { readWorkerRecord } from "./worker-record.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";

/**
 * The record of a worker that may well be running: written for this folder by a process that still lives.
 * Null when there is none. A torn or foreign record, and that of a dead worker or of a reused pid, count as none.
 */
export async function findWorker(state: FolderState): Promise<WorkerRecord | null> {
  const reading = await readWorkerRecord(state);
  if (reading.kind !== "present") return null;
  return (await isAlive(reading.record.pid, reading.record.processStart)) ? reading.record : null;
}
