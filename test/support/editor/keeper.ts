/**
 * Runs a program in a process group of its own and ends that group, and all else that the program has started, as soon as
 * its own standard input closes: so nothing is left even when the tests are killed. Words: what those processes carry in
 * their environment (NAME=VALUE), the program, its arguments.
 */
import { spawn } from "node:child_process";
import { endMarkedProcesses, sendSignal } from "./processes.ts";

const [mark = "", program = "", ...words] = process.argv.slice(2);
const child = spawn(program, words, { detached: true, stdio: ["ignore", "inherit", "inherit"] });
const reason = await new Promise<string>((resolve) => {
  child.once("exit", (code) => resolve(`${program} ended with exit code ${code}`));
  child.once("error", ({ message }) => resolve(`${program} could not be started: ${message}`));
  process.stdin.resume().once("end", () => resolve(""));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve(""));
});
if (reason !== "") console.error(reason);
if (child.pid !== undefined) sendSignal(-child.pid, "SIGKILL");
await endMarkedProcesses(mark);
process.exit(reason === "" ? 0 : 1);
