// npm run simulate -- --minutes N [--seed S]: random executions on all cores, until the time is over or a promise is broken.
// npm run simulate -- --replay SEED|WORLD: tells the story of one world.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { worldOf } from "./random-world.ts";
import { reportOf, storyOf } from "./story.ts";
import { decodeWorld, type World } from "./world.ts";

const PROGRESS_MS = 10_000;
const Progress = z.object({
  executions: z.int(),
  events: z.int(),
  coverage: z.map(z.string(), z.number()),
  broken: z.int().nullable(),
});

const options = readOptions();
if (options.replay === undefined) await simulate(numberOf("minutes", options.minutes), options.seed);
else replay(options.replay);

function readOptions(): { minutes: string; seed?: string; replay?: string } {
  const known = {
    minutes: { type: "string", default: "1" },
    seed: { type: "string" },
    replay: { type: "string" },
  } as const;
  try {
    return parseArgs({ options: known }).values;
  } catch {
    return refuse("use: npm run simulate -- [--minutes N] [--seed S], or --replay SEED|WORLD");
  }
}

function replay(word: string): void {
  const lines = storyOf(worldNamed(word));
  console.log(lines.join("\n"));
  if (lines.at(-1) !== "Everything held.") process.exitCode = 1;
}

function worldNamed(word: string): World {
  if (/^\d+$/.test(word)) return worldOf(Number(word));
  try {
    return decodeWorld(word);
  } catch {
    return refuse("--replay takes a seed, or the word that a failure printed");
  }
}

async function simulate(minutes: number, seed: string | undefined): Promise<void> {
  const first = seed === undefined ? Date.now() % 0x40000000 : numberOf("seed", seed);
  const stride = availableParallelism();
  console.log(`Simulating for ${minutes} minutes on ${stride} cores, from seed ${first} on.`);
  const started = performance.now();
  const total = { executions: 0, events: 0, coverage: new Map<string, number>() };
  const rate = (): string => {
    const spent = (performance.now() - started) / 1_000;
    return `${Math.round(spent)} s: ${total.executions} executions, ${total.events} events, ${Math.round(total.events / spent)} a second`;
  };
  const broken = await new Promise<number | null>((resolve, reject) => {
    const progress = setInterval(() => console.log(rate()), PROGRESS_MS);
    const limit = setTimeout(() => end(null), minutes * 60_000);
    const workers = Array.from({ length: stride }, (_, lane) => {
      const workerData = { first: first + lane, stride };
      return new Worker(new URL("./simulate-worker.ts", import.meta.url), { workerData });
    });
    const end = (seedOfFailure: number | null): void => {
      clearInterval(progress);
      clearTimeout(limit);
      process.removeListener("SIGINT", interrupt);
      Promise.all(workers.map((worker) => worker.terminate())).then(() => resolve(seedOfFailure), reject);
    };
    const interrupt = (): void => end(null);
    process.once("SIGINT", interrupt);
    for (const worker of workers) {
      worker.on("error", reject);
      worker.on("message", (message: unknown) => {
        const batch = Progress.parse(message);
        total.executions += batch.executions;
        total.events += batch.events;
        for (const [what, count] of batch.coverage) total.coverage.set(what, (total.coverage.get(what) ?? 0) + count);
        if (batch.broken !== null) end(batch.broken);
      });
    }
  });
  console.log(rate());
  if (broken === null) {
    for (const [what, count] of [...total.coverage].sort(([a], [b]) => (a < b ? -1 : 1)))
      console.log(`${String(count).padStart(12)}  ${what}`);
    console.log("Every promise held.");
    return;
  }
  console.log(reportOf(worldOf(broken)).join("\n"));
  process.exitCode = 1;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  return Number.isFinite(number) && number >= 0 ? number : refuse(`--${name} takes a number, not ${text}`);
}

function refuse(message: string): never {
  console.error(message);
  process.exit(2);
}
