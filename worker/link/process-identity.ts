import { readFile } from "node:fs/promises";

/**
 * When a process started, in the kernel's clock ticks since boot: field 22 of /proc/PID/stat (proc_pid_stat(5)).
 * Together with the pid it names one process for good, which a pid alone does not. Null where there is no such file.
 */
export async function processStart(pid: number): Promise<string | null> {
  try {
    return startFromStat(await readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return null;
  }
}

/** Field 2, the command name, is in parentheses and may itself hold spaces and parentheses: fields count from the last one. */
export function startFromStat(stat: string): string | null {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[19] ?? null;
}

/** Whether the process that had this pid and start time still runs. Without a start time the pid alone has to do. */
export async function isAlive(pid: number, start: string | null): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it exists and is somebody else's, so it is not our worker unless the start time says so.
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  if (start === null) return true;
  const now = await processStart(pid);
  return now === null || now === start;
}
