import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { ATTEMPT_VARIABLE, SPAWNER_VARIABLE, WORKER_VARIABLE } from "./environment.ts";

/** A running process. Those that have ended and wait for their parent (zombies) are not listed. */
export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Increases with the time of the start; together with the pid it names one process for good. */
  readonly start: number;
  readonly isStopped: boolean;
  /** The variables that we put into the environment of what we start; null where it has none or they cannot be read. */
  readonly attemptId: string | null;
  readonly workerMark: string | null;
}

/**
 * Lists the processes of this machine. Everything of this room that depends on the platform is in this file: Linux is tried;
 * macOS is written and not tried; Windows lists nothing, there `endWindowsTree` takes the place of a walk.
 */
export async function listProcesses(): Promise<ProcessInfo[]> {
  if (process.platform === "linux") return linuxProcesses();
  if (process.platform === "win32") return [];
  return psProcesses();
}

/** With more pids than this to look at, a walk over all processes is not slower. */
const MOST_YOUNGER = 500;
/** In this time the numbers of processes do not come round: that takes a system of two cores seconds. */
const SHORT_MS = 1_000;

/**
 * Whether nothing is left of what a program has started that led a session, `lived` ms after its start, when it has just ended. Looks
 * only at the processes whose numbers were given after its own; the walk over all of them takes longer than a short program. False also
 * where that does not tell.
 */
export function isAlone(root: number, lived: number, attemptId: string | null): boolean {
  if (process.platform !== "linux" || lived > SHORT_MS) return false;
  // What was born while we looked is looked at, too.
  for (let from = root, last = lastPid(); from !== last; from = last, last = lastPid()) {
    if (last < from || last - root > MOST_YOUNGER) return false;
    for (let other = from + 1; other <= last; other += 1) if (isOf(other, root, attemptId)) return false;
  }
  return true;
}

/** Whether a process, or thread, is there that belongs to this session or attempt. */
function isOf(pid: number, session: number, attemptId: string | null): boolean {
  // Most are gone, and an error takes longer than this question.
  if (!existsSync(`/proc/${pid}`)) return false;
  const stat = parseStat(readProc(`/proc/${pid}/stat`));
  if (stat === null || stat.isGone) return false;
  return (
    stat.session === session ||
    (attemptId !== null && parseMarks(readProc(`/proc/${pid}/environ`)).attemptId === attemptId)
  );
}

/** The number that was given last: the fifth field of proc_loadavg(5). */
function lastPid(): number {
  return Number(readProc("/proc/loadavg").trim().split(" ")[4] ?? 0);
}

/** The start of a process as `listProcesses` gives it, where it can be read at once; else null. */
export function processStart(pid: number): number | null {
  return process.platform === "linux" ? (parseStat(readProc(`/proc/${pid}/stat`))?.start ?? null) : null;
}

/** A missing process is no mistake: it has just ended. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // ESRCH: gone. EPERM: somebody else's by now, such as a program that changed its user; the walk reports it as a survivor.
  }
}

/** Ends a process and its descendants on Windows, which has no signals. Not tried. */
export async function endWindowsTree(pid: number): Promise<void> {
  await promisify(execFile)("taskkill", ["/PID", String(pid), "/T", "/F"], { windowsHide: true }).catch(() => null);
}

type Marks = Pick<ProcessInfo, "attemptId" | "workerMark">;
const NO_MARKS: Marks = { attemptId: null, workerMark: null };
/** Those of a spawner, and of what it has forked. */
const UNSETTLED: Marks = { ...NO_MARKS };

/**
 * The marks of processes seen before. A process gets its environment with its birth, because a fork shares the parent's, so what was found
 * once stays true, also when it later runs a program with a clean one. Not of what still has a spawner's: it is about to get its own.
 */
let known = new Map<number, { readonly start: number; readonly marks: Marks }>();

/** Reads proc_pid_stat(5) and proc_pid_environ(5). Synchronous: one walk takes a few milliseconds and sees less change on the way. */
function linuxProcesses(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  const seen: typeof known = new Map();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const stat = parseStat(readProc(`/proc/${name}/stat`));
    if (!stat) continue;
    const before = known.get(pid);
    const marks = before?.start === stat.start ? before.marks : parseMarks(readProc(`/proc/${name}/environ`));
    if (marks !== UNSETTLED) seen.set(pid, { start: stat.start, marks });
    if (!stat.isGone) found.push({ pid, ...stat, ...marks });
  }
  known = seen;
  return found;
}

/** What is not ASCII in it means nothing to us; as UTF-8 it is read in half the time. */
function readProc(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // It ended meanwhile, or is somebody else's.
    return "";
  }
}

/** Field 2, the name, stands in parentheses and may hold anything: fields count from the last one. */
function parseStat(text: string): (Omit<ProcessInfo, "pid" | keyof Marks> & { isGone: boolean }) | null {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, parent, , session] = fields;
  const start = fields[19];
  if (state === undefined || start === undefined) return null;
  return {
    parent: Number(parent),
    session: Number(session),
    start: Number(start),
    isStopped: state === "T",
    isGone: state === "Z" || state === "X",
  };
}

/** Variables end with NUL. Values of ours are plain ASCII. */
function parseMarks(environment: string): Marks {
  if (!environment.includes("PLANWRIGHT_")) return NO_MARKS;
  let marks = NO_MARKS;
  for (const entry of environment.split("\0")) {
    if (entry.startsWith(`${ATTEMPT_VARIABLE}=`))
      marks = { ...marks, attemptId: entry.slice(ATTEMPT_VARIABLE.length + 1) };
    if (entry.startsWith(`${WORKER_VARIABLE}=`))
      marks = { ...marks, workerMark: entry.slice(WORKER_VARIABLE.length + 1) };
    if (entry.startsWith(`${SPAWNER_VARIABLE}=`)) return UNSETTLED;
  }
  return marks;
}

/** macOS and other systems with a BSD `ps`: -E adds the environment to the command. Not tried. */
async function psProcesses(): Promise<ProcessInfo[]> {
  const options = { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, LC_ALL: "C" } };
  const run = promisify(execFile);
  const table = await run("ps", ["-axww", "-o", "pid=,ppid=,pgid=,stat=,lstart="], options).catch(() => ({
    stdout: "",
  }));
  const commands = await run("ps", ["-axwwE", "-o", "pid=,command="], options).catch(() => ({ stdout: "" }));
  const marks = new Map<number, Marks>();
  for (const line of commands.stdout.split("\n")) {
    if (line.includes("PLANWRIGHT_")) marks.set(Number.parseInt(line, 10), parseMarks(line.replaceAll(" ", "\0")));
  }
  return table.stdout.split("\n").flatMap((line) => {
    const [, pid, parent, group, state = "", start = ""] = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || state.startsWith("Z")) return [];
    return {
      pid: Number(pid),
      parent: Number(parent),
      // Its ps has no numbers of sessions; groups are the next best, and never larger.
      session: Number(group),
      start: Date.parse(start),
      isStopped: state.startsWith("T"),
      ...(marks.get(Number(pid)) ?? NO_MARKS),
    };
  });
}
