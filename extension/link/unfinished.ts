import type { ExecutionStatus } from "../../schemas/execution.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";

/**
 * What a worker had not finished, as far as this link was told: what may have to go on when the worker is lost. An execution that is
 * interrupted already is none of it, because whoever interrupted it has not asked for it to go on.
 */
export class Unfinished {
  readonly #ids = new Set<string>();

  get ids(): string[] {
    return [...this.#ids];
  }

  /** Reads what passes by on its way to somebody else. */
  note(batch: SubscriptionBatch): void {
    if (batch.kind === "execution") this.set(batch.progress.executionId, batch.progress.status);
    if (batch.kind !== "workspace") return;
    for (const { executionId, status } of [...batch.workspace.executions, ...batch.workspace.progress])
      this.set(executionId, status);
  }

  set(executionId: string, status: ExecutionStatus): void {
    if (GOES_ON[status]) this.#ids.add(executionId);
    else this.#ids.delete(executionId);
  }

  /** What the worker itself says that it runs. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
  }

  clear(): void {
    this.#ids.clear();
  }
}

const GOES_ON: Record<ExecutionStatus, boolean> = {
  running: true,
  paused: true,
  waiting: true,
  cancelling: true,
  completed: false,
  failed: false,
  cancelled: false,
  interrupted: false,
};
