import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** A process as the system tells of it. */
export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/**
 * The processes whose environment carries `mark` (NAME=VALUE), but for this one. Linux alone tells other processes'
 * environments; elsewhere there are none.
 */
export function markedProcesses(mark: string): RunningProcess[] {
  return processIds()
    .filter((pid) => pid !== process.pid && textOf(pid, "environ").split("\0").includes(mark))
    .map((pid) => ({ pid, command: textOf(pid, "cmdline").replaceAll("\0", " ").trim() }));
}

/** Kills the processes that carry `mark`, and those which they start while they die. */
export async function endMarkedProcesses(mark: string): Promise<void> {
  for (let round = 0; round < 100; round++) {
    const left = markedProcesses(mark).filter(({ command }) => command !== "");
    if (left.length === 0) return;
    for (const { pid } of left) sendSignal(pid, "SIGKILL");
    await sleep(20);
  }
}

/** Does nothing when the process is gone. A negative pid means the group. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

function processIds(): number[] {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
}

/** Empty for a process that is gone or somebody else's. */
function textOf(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
