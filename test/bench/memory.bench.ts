import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { memoryOf, planAndApprove, runToTheEnd, withRealWorker, type RealWorker } from "./real-worker.ts";
import type { BenchResult } from "./result.ts";

const STEPS = 10_000;
const LIMIT_MB = 200;
/** What one attempt may write is 200 MB. */
const WRITERS = 6;
const WRITTEN_MB = 190;
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

/**
 * The built worker plans, approves and runs a spec of 10,000 tasks that do nothing, and one whose tasks print more than 1 GB in all; its
 * memory as the system sees it (Linux only).
 */
export async function run(): Promise<BenchResult[]> {
  if (process.platform !== "linux") return [];
  const files = {
    ".planwright/agents.json": JSON.stringify(AGENTS),
    "large.spec.md": largeSpec(),
    "loud.spec.md": loudSpec(),
  };
  return withRealWorker(files, async (worker) => [await measure(worker)]);
}

async function measure({ client, pid, root }: RealWorker): Promise<BenchResult> {
  const idle = await memoryOf(pid);
  const modifications = Array.from({ length: STEPS }, (_, index) => ({ stepId: `T${index}`, agent: "no-op" }));
  const planId = await planAndApprove(client, "large.spec.md", modifications);
  const planned = await memoryOf(pid);
  await runToTheEnd(client, planId, STEPS);
  const ended = await memoryOf(pid);
  await runToTheEnd(client, await planAndApprove(client, "loud.spec.md"), WRITERS);
  const written = await sizeOf(join(root, ".planwright"));
  const { peak, now } = await memoryOf(pid);
  return {
    name: "memory of the worker, 10,000 steps, 1 GB of logs",
    ours: peak,
    peer: null,
    unit: "MB",
    ratio: null,
    limit: `< ${LIMIT_MB} MB`,
    pass: peak < LIMIT_MB && written >= 1_000_000_000,
    note: `peak RSS of the built worker, simulated steps, 8 wide, then ${(written / 1e9).toFixed(2)} GB of logs; idle ${idle.now} MB, planned and approved ${planned.now} MB (peak ${planned.peak}), after the steps ${ended.now} MB (peak ${ended.peak}), at the end ${now} MB`,
  };
}

/** Bytes of all files in a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function loudSpec(): string {
  const lines = ["---", "title: Loud", "maxConcurrent: 2", "---", "", "## All", ""];
  const command = `yes ${"x".repeat(999)} | head -c ${WRITTEN_MB}000000`;
  for (let task = 0; task < WRITERS; task += 1) lines.push(`- [ ] [P] Writer ${task}`, `  - command: ${command}`);
  return `${lines.join("\n")}\n`;
}

function largeSpec(): string {
  const lines = ["---", "title: Large", "maxConcurrent: 8", "---", "", "## All", ""];
  for (let task = 0; task < STEPS; task += 1) lines.push(`- [ ] [P] Task ${task}`, `  - id: T${task}`);
  return `${lines.join("\n")}\n`;
}
