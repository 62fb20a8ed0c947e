import { readFileSync, readlinkSync } from "node:fs";

/** Identifies the pid namespace, so that a pid of a container is not mistaken for one of the host. Empty where there are none. */
export function pidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

/** When a process started, in the system's ticks since boot: field 22 of /proc/<pid>/stat, proc(5). Null when nobody tells. */
export function processStart(pid: number): number | null {
  const start = Number(statFields(pid)?.[START_FIELD]);
  return Number.isSafeInteger(start) ? start : null;
}

/** True when the process runs and is not a later one that got the same pid. A dead one that nobody has waited for does not run. */
export function isAlive(pid: number, start: number | null): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
  const fields = statFields(pid);
  if (fields === null) return true;
  const now = Number(fields[START_FIELD]);
  return fields[STATE_FIELD] !== "Z" && (start === null || now === start);
}

/** Fields 3 and 22 of the file, counted from the end of field 2: the name there may hold spaces and parentheses. */
const STATE_FIELD = 0;
const START_FIELD = 19;

function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
