import { setTimeout as pause } from "node:timers/promises";
import { memoryOf, planAndApprove, runToTheEnd, withRealWorker } from "./real-worker.ts";
import type { BenchResult } from "./result.ts";

const LIMIT_MS = 50;
const LIMIT_MB = 250;
/** Prints 100 MB a second for ten seconds, in lines of 100 bytes. */
const FLOOD = `
const chunk = Buffer.from(("x".repeat(99) + "\\n").repeat(10_000));
const from = performance.now();
let sent = 0;
const more = () => {
  const due = Math.min(1_000, Math.floor((performance.now() - from) / 10));
  for (; sent < due; sent += 1) if (!process.stdout.write(chunk)) { sent += 1; process.stdout.once("drain", more); return; }
  if (sent < 1_000) setTimeout(more, 5);
};
more();
`;

/** An agent prints 100 MB/s for ten seconds: how long the worker takes to answer meanwhile, and its memory (Linux only). */
export async function run(): Promise<BenchResult[]> {
  if (process.platform !== "linux") return [];
  const spec = "---\ntitle: Flood\n---\n\n- [ ] Flood\n  - command: node flood.js\n";
  return withRealWorker({ "flood.spec.md": spec, "flood.js": FLOOD }, async ({ client, pid }) => {
    const planId = await planAndApprove(client, "flood.spec.md");
    let isOver = false;
    const waits: number[] = [];
    const ask = (async () => {
      for (; !isOver;) {
        const from = performance.now();
        await client.call("execution.list", {});
        waits.push(performance.now() - from);
        await pause(5);
      }
    })();
    const time = await runToTheEnd(client, planId, 1);
    isOver = true;
    await ask;
    const longest = Math.max(...waits);
    const { peak } = await memoryOf(pid);
    const { executions } = await client.call("execution.list", {});
    const log = await client.call("log.query", {
      executionId: executions[0]?.executionId ?? "",
      filter: { text: "not kept" },
      tail: 20,
    });
    const told = log.entries.at(-1)?.message ?? "nothing";
    return [
      {
        name: "an agent prints 100 MB/s for 10 s",
        ours: longest,
        peer: null,
        unit: "ms",
        ratio: null,
        limit: `<= ${LIMIT_MS} ms, < ${LIMIT_MB} MB, what is cut is told`,
        pass: longest <= LIMIT_MS && peak < LIMIT_MB && told !== "nothing",
        note: `longest answer to ${waits.length} questions of a client meanwhile, ${(time / 1_000).toFixed(1)} s in all; peak RSS ${peak} MB; the log says: ${told.slice(0, 120)}`,
      },
    ];
  });
}
