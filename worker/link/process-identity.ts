import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * When a process started, in the kernel's clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5)).
 * Together with the pid it names one process for good, which a pid alone does not. Null where there is no such file.
 */
export async function processStart(pid: number): Promise<string | null> {
  return (await readStat(pid))?.start ?? null;
}

/**
 * The state and the start time from the text of that file. Field 2, the command name, is in parentheses and may itself hold
 * spaces and parentheses: fields count from the last one.
 */
export function parseStat(stat: string): { state: string; start: string } | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, start] = [fields[0], fields[19]];
  return state === undefined || start === undefined ? null : { state, start };
}

/** Whether the process that had this pid and start time still runs. Without a start time the pid alone has to do. */
export async function isAlive(pid: number, start: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is somebody else's, so it is not our worker unless the start time says so.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  const now = await readStat(pid);
  if (now === null) return true;
  // A zombie has ended; only its parent has not asked yet.
  return now.state !== "Z" && (start === null || now.start === start);
}

/** How often it is asked whether a process has ended: the system tells nobody but its parent. */
const POLL_MS = 50;

/** Resolves with true as soon as the process has ended, with false after the time. Rejects with the signal's reason. */
export async function hasEnded(
  pid: number,
  start: string | null,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  for (let waited = 0; ; waited += POLL_MS) {
    if (!(await isAlive(pid, start))) return true;
    if (waited >= timeoutMs) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
}

async function readStat(pid: number): Promise<{ state: string; start: string } | null> {
  try {
    return parseStat(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}
