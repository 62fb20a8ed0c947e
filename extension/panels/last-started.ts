import type { WorkspaceView } from "../../schemas/operations/subscription.ts";

interface Folder {
  readonly model: { readonly view: Pick<WorkspaceView, "executions" | "progress"> | null };
}

/** Of the folders in which something runs, the one whose execution began last. */
export function lastStarted<F extends Folder>(folders: readonly F[]): F | undefined {
  const running = folders.filter(isRunning).map((folder) => ({ folder, since: newestStart(folder) }));
  return running.sort((one, other) => other.since.localeCompare(one.since))[0]?.folder;
}

/** Whether an execution of the folder has not ended. */
export function isRunning({ model }: Folder): boolean {
  return (model.view?.progress.length ?? 0) > 0;
}

function newestStart({ model: { view } }: Folder): string {
  const going = new Set(view?.progress.map(({ executionId }) => executionId));
  const starts = view?.executions.filter(({ executionId }) => going.has(executionId)).map((one) => one.startedAt) ?? [];
  return starts.sort().at(-1) ?? "";
}
