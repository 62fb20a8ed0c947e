import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { parseDuration } from "../../schemas/duration.ts";
import type { SettingsFile } from "../../schemas/settings-file.ts";
import { removeFolder } from "../git/worktree.ts";
import { Workplace } from "../git/workplace.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import { listWorkplaces, type WorkplaceRow } from "../store/workplaces.ts";
import type { Workplaces } from "./workplaces.ts";

export interface Cleanup {
  readonly workplaces: Workplaces;
  readonly database: Database;
  /** Executions that are under way. */
  readonly running: ReadonlySet<string>;
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Removes worktrees that are too old, and the oldest ones where all of them are too large (catalogue N1). Only folders go: results stay in
 * their branches until a person decides about them, and work that was not taken stays in the repository until its result was settled for
 * that time. A folder in which something was changed and not committed stays. Rejects with GitError.
 */
export async function cleanWorkplaces(cleanup: Cleanup, limits: SettingsFile["worktrees"]): Promise<void> {
  const { workplaces, database, running, now, signal } = cleanup;
  const keep = parseDuration(limits.keep) ?? Infinity;
  const rows = listWorkplaces(database).filter(({ executionId }) => !running.has(executionId));
  if (rows.length === 0) return;
  const repository = await workplaces.repository();
  const attached = (row: WorkplaceRow): Workplace =>
    Workplace.attach(
      { git: workplaces.git, repository, executionId: row.executionId, home: row.folder, bring: [] },
      row.base,
    );
  const left: { readonly row: WorkplaceRow; readonly bytes: number }[] = [];
  for (const row of rows) {
    signal.throwIfAborted();
    const at = row.settledAt ?? findExecution(database, row.executionId)?.completedAt ?? null;
    // Nothing is taken from an execution that has not ended: it may go on.
    const isOld = at !== null && now - Date.parse(at) > keep;
    if (isOld && row.settledAt !== null) await attached(row).removeKept();
    if (!(await isThere(row.folder))) continue;
    if (isOld) await attached(row).clear();
    else if (at !== null) left.push({ row, bytes: await bytesOf(row.folder, signal) });
  }
  let total = left.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { row, bytes } of left) {
    if (total <= limits.maxBytes) break;
    signal.throwIfAborted();
    const stays = await attached(row).clear();
    if (stays.length === 0) total -= bytes;
  }
  const names = await readdir(workplaces.home).catch(() => []);
  if (names.length === 0) await removeFolder(workplaces.home);
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function bytesOf(folder: string, signal: AbortSignal): Promise<number> {
  signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) bytes += await bytesOf(path, signal);
    else bytes += (await lstat(path).catch(() => null))?.size ?? 0;
  }
  return bytes;
}
