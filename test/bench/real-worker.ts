import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "../../schemas/client.ts";
import type { StepModification } from "../../schemas/plan.ts";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../../worker/link/connect.ts";
import { endProcess } from "../support/cli.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));

/** The built worker of a workspace of its own, and a client of it. */
export interface RealWorker {
  readonly client: Client;
  readonly pid: number;
  readonly root: string;
}

/** Starts the built worker in a folder with these files, and ends and removes all of it afterwards. */
export async function withRealWorker<T>(
  files: Readonly<Record<string, string>>,
  act: (worker: RealWorker) => Promise<T>,
): Promise<T> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "planwright-bench-")));
  try {
    await mkdir(join(root, ".planwright"));
    for (const [path, text] of Object.entries(files)) await writeFile(join(root, path), text);
    const { client, hello } = await connectWorker(root, {
      start: true,
      workerEntry: WORKER,
      clientName: "bench",
      version: VERSION,
      environment: { ...process.env, XDG_STATE_HOME: join(root, "state") },
    });
    try {
      return await act({ client, pid: hello.pid, root });
    } finally {
      client.dispose();
      await endProcess(hello.pid, "SIGTERM");
    }
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Keeps a plan and approves it; returns its id. */
export async function planAndApprove(
  client: Client,
  path: string,
  modifications: StepModification[] = [],
): Promise<string> {
  const commandId = `bench-${crypto.randomUUID()}`;
  const { plan } = await client.call("plan.create", { path, keep: true, modifications, commandId });
  const { planId, hash: planHash } = plan;
  // As the command line does: the plan that is kept has the changes already.
  await client.call("plan.approve", { planId, planHash, how: "command", commandId: `${commandId}-yes` });
  return planId;
}

/** Runs a plan and returns the ms from the request until its end was told. Throws when not all steps were completed. */
export async function runToTheEnd(client: Client, planId: string, steps: number): Promise<number> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const from = performance.now();
  const { executionId } = await client.call("execution.start", { planId, commandId: `bench-${crypto.randomUUID()}` });
  const stop = client.onClose(() => reject(new Error("the worker went away")));
  await client.subscribe({ kind: "execution", executionId }, (batch) => {
    if (batch.kind === "execution" && batch.end) resolve();
  });
  await ended;
  const time = performance.now() - from;
  stop();
  const { progress } = await client.call("execution.get", { executionId });
  if (progress.completed !== steps) throw new Error(`${progress.completed} of ${steps} steps were completed`);
  return time;
}

/** Resident memory of a process now and at its peak, in megabytes (Linux only). */
export async function memoryOf(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string): number => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`the system does not tell ${name} of process ${pid}`);
    return Math.round((Number(kilobytes) * 1_024) / 1_000_000);
  };
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}
