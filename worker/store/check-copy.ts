import { once } from "node:events";
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { z } from "zod";

/** What the checking thread answers: the first problem that it found, or null when the copy is good. */
export const CheckAnswer = z.object({ problem: z.string().nullable() });
export type CheckAnswer = z.infer<typeof CheckAnswer>;

/**
 * Merges the WAL of a copied database into it and runs SQLite's `quick_check`, in a thread of its own because that reads the
 * whole file. Nobody else may use the copy. Resolves with the first problem, or null.
 */
export async function checkCopy(path: string): Promise<string | null> {
  const thread = new Worker(threadFile(), { workerData: { path }, execArgv: [] });
  try {
    const messages: unknown[] = await once(thread, "message");
    return CheckAnswer.parse(messages[0]).problem;
  } finally {
    await thread.terminate();
  }
}

/** The build makes a file of its own of the thread, beside the bundle. */
function threadFile(): URL {
  const built = new URL("./check-thread.mjs", import.meta.url);
  return existsSync(built) ? built : new URL("./check-thread.ts", import.meta.url);
}
