import { readFile, mkdtemp, mkdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Client } from "../../schemas/client.ts";
import { VERSION } from "../../schemas/version.ts";
import { connectWorker } from "../../worker/link/connect.ts";
import { endProcess } from "../support/cli.ts";
import type { BenchResult } from "./result.ts";

const WORKER = fileURLToPath(new URL("../../dist/worker.mjs", import.meta.url));
const STEPS = 10_000;
const LIMIT_MB = 200;
const AGENTS = {
  agents: [
    {
      id: "no-op",
      name: "No-op",
      maxLoad: 8,
      capabilities: [{ name: "testing" }],
      adapter: { kind: "simulated", minDelay: 0, maxDelay: 0 },
    },
  ],
};

/** The built worker plans, approves and runs a spec of 10,000 tasks that do nothing; its memory as the system sees it (Linux only). */
export async function run(): Promise<BenchResult[]> {
  if (process.platform !== "linux") return [];
  const root = await realpath(await mkdtemp(join(tmpdir(), "planwright-memory-")));
  try {
    await mkdir(join(root, ".planwright"));
    await writeFile(join(root, ".planwright", "agents.json"), JSON.stringify(AGENTS));
    await writeFile(join(root, "large.spec.md"), largeSpec());
    return [await measure(root)];
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

async function measure(root: string): Promise<BenchResult> {
  const { client, hello } = await connectWorker(root, {
    start: true,
    workerEntry: WORKER,
    clientName: "bench",
    version: VERSION,
    environment: { ...process.env, XDG_STATE_HOME: join(root, "state") },
  });
  try {
    const idle = await memoryOf(hello.pid);
    const planId = await planAndApprove(client);
    const planned = await memoryOf(hello.pid);
    await runToTheEnd(client, planId);
    const ended = await memoryOf(hello.pid);
    return {
      name: "memory of the worker, 10,000 steps",
      ours: ended.peak,
      peer: null,
      unit: "MB",
      ratio: null,
      limit: `< ${LIMIT_MB} MB`,
      pass: ended.peak < LIMIT_MB,
      note: `peak RSS of the built worker, simulated steps, 8 wide; idle ${idle.now} MB, planned and approved ${planned.now} MB (peak ${planned.peak}), at the end ${ended.now} MB`,
    };
  } finally {
    client.dispose();
    await endProcess(hello.pid, "SIGTERM");
  }
}

async function planAndApprove(client: Client): Promise<string> {
  const modifications = Array.from({ length: STEPS }, (_, index) => ({ stepId: `T${index}`, agent: "no-op" }));
  const { plan } = await client.call("plan.create", {
    path: "large.spec.md",
    keep: true,
    modifications,
    commandId: "bench-plan",
  });
  const { planId, hash: planHash } = plan;
  // As the command line does: the plan that is kept has the changes already.
  await client.call("plan.approve", { planId, planHash, how: "command", commandId: "bench-approve" });
  return planId;
}

async function runToTheEnd(client: Client, planId: string): Promise<void> {
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  const { executionId } = await client.call("execution.start", { planId, commandId: "bench-start" });
  client.onClose(() => reject(new Error("the worker went away")));
  await client.subscribe({ kind: "execution", executionId }, (batch) => {
    if (batch.kind === "execution" && batch.end) resolve();
  });
  await ended;
  const { progress } = await client.call("execution.get", { executionId });
  if (progress.completed !== STEPS) throw new Error(`${progress.completed} of ${STEPS} steps were completed`);
}

/** Resident memory of a process now and at its peak, in megabytes. */
async function memoryOf(pid: number): Promise<{ now: number; peak: number }> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const megabytes = (name: string): number => {
    const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kilobytes === undefined) throw new Error(`the system does not tell ${name} of process ${pid}`);
    return Math.round((Number(kilobytes) * 1_024) / 1_000_000);
  };
  return { now: megabytes("VmRSS"), peak: megabytes("VmHWM") };
}

function largeSpec(): string {
  const lines = ["---", "title: Large", "maxConcurrent: 8", "---", "", "## All", ""];
  for (let task = 0; task < STEPS; task += 1) lines.push(`- [ ] [P] Task ${task}`, `  - id: T${task}`);
  return `${lines.join("\n")}\n`;
}
