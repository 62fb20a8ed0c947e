import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { ATTEMPT_VARIABLE } from "../environment.ts";
import { isAlone, processStart } from "../process-list.ts";
import type { StartRequest } from "./messages.ts";
import { Spawner } from "./spawner.ts";
import { Spawners } from "./spawners.ts";
import type { ProcessExit, Start } from "./started-process.ts";

export const spawners = new Spawners(() => Spawner.begin());

/**
 * Starts a program in a process group and session of its own: by a spawner where one is ready, else here. Windows has neither
 * such forks nor such sockets. `hasSocket`: it gets one as descriptor 3, which a spawner could give it only as one that does not wait.
 */
export async function startProcess(request: StartRequest & { readonly hasSocket: boolean }): Promise<Start> {
  const { hasSocket, ...plain } = request;
  const answer = hasSocket || process.platform === "win32" ? null : await spawners.start(plain);
  return answer ?? startHere(plain, hasSocket);
}

async function startHere({ argv, cwd, env, hasInput }: StartRequest, hasSocket: boolean): Promise<Start> {
  const [program = "", ...rest] = argv;
  const child = (() => {
    // It throws for what it refuses (NUL in an argument, a batch file) and reports by event what the system refuses.
    try {
      return spawn(program, rest, {
        cwd,
        env,
        detached: true,
        windowsHide: true,
        stdio: [hasInput ? "pipe" : "ignore", "pipe", "pipe", ...(hasSocket ? ["pipe" as const] : [])],
      });
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  })();
  if (child instanceof Error) return { kind: "failed", error: child };
  const from = performance.now();
  const { pid, stdin, stdout, stderr, stdio } = child;
  // No pid, no exit: an error always comes instead. One that comes later has no part in how it ends.
  const failed = new Promise<Error>((resolve) => child.on("error", resolve));
  if (pid === undefined || !stdout || !stderr) return { kind: "failed", error: await failed };
  const ended = new Promise<ProcessExit>((resolve) => {
    child.once("exit", (exitCode, signal) => {
      const alone = isAlone(pid, performance.now() - from, env[ATTEMPT_VARIABLE] ?? null);
      resolve({ end: { exitCode, signal }, isAlone: alone });
    });
  });
  const socket = stdio[3] instanceof Socket ? stdio[3] : null;
  return { kind: "started", process: { pid, start: processStart(pid), stdin, stdout, stderr, socket, ended } };
}
