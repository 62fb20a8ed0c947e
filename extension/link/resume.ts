import type { Client } from "../../schemas/client.ts";
import type { WorkerRecord } from "../../schemas/worker-record.ts";
import { failureIn } from "./failure-in.ts";

/** A worker that was lost: what it had not finished may have to go on under the next one. */
export interface Loss {
  readonly record: Pick<WorkerRecord, "pid" | "startedAt">;
  readonly unfinished: readonly string[];
}

/** As many as the operation gives; what is older than these was not running a moment ago. */
const LISTED = 1_000;

/**
 * Has the executions go on that a lost worker ran. All windows that saw the loss ask for it, and it happens once: the command's id is
 * made of the loss. What waits for a person, was paused by one or has ended stays as it is. Resolves with false when the connection
 * was lost meanwhile, so that it has to be done again under the next worker. Never rejects.
 */
export async function resumeAfter(loss: Loss, client: Client, log: (line: string) => void): Promise<boolean> {
  // What began under the lost worker was running a moment ago, even if nobody had told so yet.
  const since = Date.parse(loss.record.startedAt);
  try {
    const { executions } = await client.call("execution.list", { limit: LISTED });
    const interrupted = executions.filter(
      ({ executionId, status, startedAt }) =>
        status === "interrupted" && (loss.unfinished.includes(executionId) || Date.parse(startedAt) >= since),
    );
    const done = await Promise.all(interrupted.map(({ executionId }) => resume(executionId, loss, client, log)));
    return done.every(Boolean);
  } catch (error) {
    return isOver(error, "what the lost worker ran is not known", log);
  }
}

async function resume(executionId: string, loss: Loss, client: Client, log: (line: string) => void): Promise<boolean> {
  const commandId = `after-${loss.record.pid}-${Date.parse(loss.record.startedAt)}-${executionId}`.slice(0, 100);
  try {
    const { status } = await client.call("execution.resume", { executionId, keepPause: true, commandId });
    log(`execution ${executionId}, which the lost worker ran, is ${status}`);
    return true;
  } catch (error) {
    return isOver(error, `execution ${executionId}, which the lost worker ran, does not go on`, log);
  }
}

/** Whether asking the next worker would be of no use either. */
function isOver(error: unknown, what: string, log: (line: string) => void): boolean {
  const { code, message } = failureIn(error);
  log(`${what}: ${message}`);
  return code !== "worker_unavailable" && code !== "worker_busy";
}
