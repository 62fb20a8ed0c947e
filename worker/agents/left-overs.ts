import { listProcesses, type ProcessInfo } from "./process-list.ts";
import { ProcessTree } from "./process-tree.ts";

const GRACE_MS = 2_000;

/**
 * Ends what dead workers of a folder left running (catalogue C9): processes whose worker mark begins with `key:`, but not those
 * of this worker, whose marks begin with `key:pid:`. Only the worker that owns the folder may call it, because it takes every
 * other worker of that folder for dead. Returns how many processes there were.
 */
export async function endLeftOvers(key: string, workerPid: number, graceMs = GRACE_MS): Promise<number> {
  const own = (await listProcesses()).find(({ pid }) => pid === workerPid);
  const isLeftOver = (info: ProcessInfo): boolean => {
    if (info.workerMark === null || !info.workerMark.startsWith(`${key}:`)) return false;
    // A dead worker can have had our pid; what is older than we are is not ours.
    return !info.workerMark.startsWith(`${key}:${workerPid}:`) || (own !== undefined && info.start < own.start);
  };
  const { ended } = await new ProcessTree(isLeftOver, null).end(graceMs);
  return ended;
}
