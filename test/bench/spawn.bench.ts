import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { elapsed } from "./no-op-execution.ts";
import { planAndApprove, runToTheEnd, withRealWorker } from "./real-worker.ts";
import { median, type BenchResult } from "./result.ts";

const STEPS = 1_000;
const WIDTH = 2;
const PAIRS = 5;
const LIMIT = 1.3;
const LOOP = fileURLToPath(new URL("./spawn-loop.ts", import.meta.url));
const execute = promisify(execFile);

/** 1,000 steps that run `/bin/true`, two at a time, journalled and logged, beside a bare loop that starts the same programs. */
export async function run(): Promise<BenchResult[]> {
  const spec = ["---", "title: True", `maxConcurrent: ${WIDTH}`, "---", "", "## All", ""];
  for (let task = 0; task < STEPS; task += 1) spec.push(`- [ ] [P] Task ${task}`, "  - command: [/bin/true]");
  return withRealWorker({}, async ({ client, root }) => {
    const folder = await mkdtemp(join(tmpdir(), "planwright-spawn-"));
    try {
      await writeBuildFiles(folder);
      const ours: number[] = [];
      const loop: number[] = [];
      const ninja: number[] = [];
      const make: number[] = [];
      for (let pair = 0; pair < PAIRS; pair += 1) {
        loop.push(await spawnLoop());
        // Without the ticks of the round before.
        await writeFile(join(root, "true.spec.md"), `${spec.join("\n")}\n`);
        ours.push(await runToTheEnd(client, await planAndApprove(client, "true.spec.md"), STEPS));
        if (isThere("ninja")) ninja.push(await elapsed(() => execute("ninja", ["-j", `${WIDTH}`], { cwd: folder })));
        if (isThere("make"))
          make.push(await elapsed(() => execute("make", ["-s", `-j${WIDTH}`, "all"], { cwd: folder })));
      }
      const ratio = median(ours.map((time, pair) => time / (loop[pair] ?? Number.NaN)));
      return [
        {
          name: "1,000 /bin/true steps, two wide",
          ours: median(ours),
          peer: median(loop),
          unit: "ms",
          ratio,
          limit: `ratio <= ${LIMIT}`,
          pass: ratio <= LIMIT,
          note: `beside a bare asynchronous spawn loop of the same Node with captured output; ${PAIRS} interleaved pairs, medians; ${beside("ninja", ours, ninja)}; ${beside("make", ours, make)}`,
        },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}

/** In a process of its own, which tells how long the loop took without its own start. */
async function spawnLoop(): Promise<number> {
  const { stdout } = await execute(process.execPath, [LOOP, `${STEPS}`, `${WIDTH}`]);
  return Number(stdout);
}

function beside(name: string, ours: readonly number[], theirs: readonly number[]): string {
  if (theirs.length === 0) return `${name} is not installed`;
  const ratio = median(ours.map((time, pair) => time / (theirs[pair] ?? Number.NaN)));
  return `${name} ${median(theirs).toFixed(0)} ms, ratio ${ratio.toFixed(2)}`;
}

function isThere(program: string): boolean {
  return spawnSync(program, ["--version"], { stdio: "ignore" }).status === 0;
}

async function writeBuildFiles(folder: string): Promise<void> {
  const names = Array.from({ length: STEPS }, (_, index) => `t${index}`);
  const ninja = ["rule true", "  command = /bin/true", ...names.map((name) => `build ${name}: true`), ""];
  await writeFile(join(folder, "build.ninja"), ninja.join("\n"));
  const make = [`.PHONY: all ${names.join(" ")}`, `all: ${names.join(" ")}`];
  await writeFile(
    join(folder, "Makefile"),
    `${make.join("\n")}\n${names.map((name) => `${name}:\n\t/bin/true\n`).join("")}`,
  );
}
