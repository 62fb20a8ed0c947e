import { parentPort, workerData } from "node:worker_threads";
import { z } from "zod";
import type { CheckAnswer } from "./check-copy.ts";
import { APPLICATION_ID } from "./database-file.ts";
import { nodeFileSystem } from "./file-system.ts";
import { loadSqlite } from "./sqlite-wasm.ts";

/** Entry of the thread that `checkCopy` starts; the file belongs to it alone meanwhile. Answers with one message. */
async function main(): Promise<void> {
  const { path } = z.object({ path: z.string() }).parse(workerData);
  parentPort?.postMessage({ problem: await findProblem(path) } satisfies CheckAnswer);
}

async function findProblem(path: string): Promise<string | null> {
  const vfs = await loadSqlite();
  const file = vfs.open(path, nodeFileSystem);
  let problem: string | null;
  try {
    file.connection.run("PRAGMA locking_mode=EXCLUSIVE");
    problem = judge(
      file.connection.exec("PRAGMA application_id; PRAGMA quick_check(1)").map((one) => one.values[0]?.[0]),
    );
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  // A bad copy is thrown away, so nothing of its WAL needs to be merged.
  if (problem !== null) file.disk.abandoned = true;
  file.close();
  return problem;
}

function judge([owner, answer]: readonly unknown[]): string | null {
  if (owner !== APPLICATION_ID) return "it is not a database of Planwright";
  return answer === "ok" ? null : String(answer);
}

await main();
