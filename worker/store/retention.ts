import { integer, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { SqlValue } from "./statements.ts";

/** Moments before which something is no longer kept, ISO 8601. */
export interface RecordLimits {
  readonly executions: string;
  readonly messages: string;
  /** What executions cost, which windows of budgets still count when their details are gone. */
  readonly ledger: string;
}

/** Does work in slices that nobody notices: `slice` does about so many and returns how many it has done; fewer mean the end. */
export type InSlices = (slice: (size: number) => number) => Promise<void>;

export interface Purged {
  readonly executions: number;
  readonly rows: number;
}

/**
 * Tables of which nothing is kept when an execution is purged, those first that refer to others. What it was, what it cost and how much
 * a person has allowed stays: the row of the execution, the ledger, billed amounts, and decisions about money.
 */
const DETAILS = ["hook_deliveries", "refused_costs", "notices", "artifacts", "agent_messages"] as const;

/** Attempts whose costs nobody knows hold what was reserved for them as long as a window of a budget may count it. */
const HOLDING = "simulated = 0 AND reserved_micros > 0 AND (unknown_costs > 0 OR status = 'interrupted')";

/**
 * Removes the details of executions that ended before their limit, old messages, and old answers to commands (catalogue J2). Plans stay.
 * Executions in `keep` stay as they are. An execution that is being removed is hidden from the first moment on; what a killed worker has
 * not finished, the next call does.
 */
export async function purgeRecord(
  database: Database,
  limits: RecordLimits,
  at: Date,
  { keep, inSlices }: { readonly keep: ReadonlySet<string>; readonly inSlices: InSlices },
): Promise<Purged> {
  let rows = 0;
  const remove = (sql: string, values: readonly SqlValue[]): Promise<void> =>
    inSlices((size) => {
      const removed = database.run(sql, [...values, size]);
      rows += removed;
      return removed;
    });
  await remove(olderThan("agent_messages", "timestamp"), [limits.messages]);
  await remove(olderThan("command_ids", "at"), [limits.messages]);
  const due = endedBefore(database, limits.executions).filter((id) => !keep.has(id));
  let hidden = 0;
  await inSlices((size) => {
    const some = due.slice(hidden, hidden + size);
    for (const executionId of some)
      database.run("UPDATE executions SET purged_at = ? WHERE id = ?", [at.toISOString(), executionId]);
    hidden += some.length;
    return some.length;
  });
  await database.durable();
  for (const executionId of unfinishedPurges(database)) {
    for (const table of DETAILS) await remove(ofExecution(table), [executionId]);
    await remove(ofExecution("decisions", "AND kind <> 'budget'"), [executionId]);
    await remove(ofExecution("attempts", `AND NOT (${HOLDING})`), [executionId]);
    const unneeded = "AND step_id NOT IN (SELECT step_id FROM attempts WHERE execution_id = ?1)";
    await remove(ofExecution("step_executions", unneeded), [executionId]);
    await remove(ofExecution("event_batches"), [executionId]);
    // Says that nothing of it is left to remove.
    database.run("UPDATE executions SET projected_seq = 0 WHERE id = ?", [executionId]);
  }
  const purged = "AND execution_id IN (SELECT id FROM executions WHERE purged_at IS NOT NULL)";
  await remove(olderThan("ledger_entries", "at", purged), [limits.ledger]);
  await remove(olderThan("billed_amounts", "at", purged), [limits.ledger]);
  await remove(olderThan("attempts", "started_at", purged), [limits.ledger]);
  await database.durable();
  return { executions: due.length, rows };
}

/** Pages that stay free for what comes next. */
const SPARE_PAGES = 256;

/**
 * Gives the pages that nothing uses any more back to the file system. Databases of before `auto_vacuum` keep them. Returns how many
 * bytes the file has lost.
 */
export async function compactRecord(database: Database, inSlices: InSlices): Promise<number> {
  const free = pragma(database, "freelist_count");
  if (pragma(database, "auto_vacuum") !== INCREMENTAL || free <= SPARE_PAGES) return 0;
  const before = pragma(database, "page_count");
  for (let isDone = false; !isDone;) {
    let written = 0;
    await inSlices((size) => {
      const pages = Math.min(size, pragma(database, "freelist_count") - SPARE_PAGES);
      isDone = pages <= 0;
      if (isDone || written > PAGES_A_CHECKPOINT) return 0;
      database.all(`PRAGMA incremental_vacuum(${pages})`, [], () => null);
      written += pages;
      return size;
    });
    // Synced by others first, so that merging has little to wait for.
    await database.durable();
    database.checkpoint();
  }
  return (before - pragma(database, "page_count")) * pragma(database, "page_size");
}

const INCREMENTAL = 2;
/** Moving pages writes much: merged in small parts, no part takes long. */
const PAGES_A_CHECKPOINT = 256;

function pragma(database: Database, name: string): number {
  return database.first(`PRAGMA ${name}`, [], (row) => integer(row, name)) ?? 0;
}

function endedBefore(database: Database, limit: string): string[] {
  return database.all(
    "SELECT id FROM executions WHERE completed_at < ? AND purged_at IS NULL ORDER BY completed_at",
    [limit],
    (row) => text(row, "id"),
  );
}

function unfinishedPurges(database: Database): string[] {
  return database.all("SELECT id FROM executions WHERE purged_at IS NOT NULL AND projected_seq > 0", [], (row) =>
    text(row, "id"),
  );
}

function olderThan(table: string, column: string, more = ""): string {
  return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${column} < ?1 ${more} LIMIT ?2)`;
}

function ofExecution(table: string, more = ""): string {
  return `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE execution_id = ?1 ${more} LIMIT ?2)`;
}
