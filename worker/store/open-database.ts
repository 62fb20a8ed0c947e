import { existsSync } from "node:fs";
import { mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { setAsideAndRestore } from "./backup.ts";
import { Database, checkMark } from "./database.ts";
import { APPLICATION_ID, inspectFile } from "./database-file.ts";
import { nodeFileSystem, type FileSystem } from "./file-system.ts";
import type { Migration } from "./migration.ts";
import { migrate, migrations } from "./migrations.ts";
import { placeGuard, removeGuard } from "./native-guard.ts";
import { catchUp, NOTHING_FURTHER, type Projection } from "./projector.ts";
import { damaged, damageOf, sqliteError } from "./sqlite-failure.ts";
import { loadSqlite } from "./sqlite-wasm.ts";
import type { OpenFile } from "./sqlite-vfs.ts";

export interface OpenOptions {
  /** Folder of the backups; `backups` beside the database when absent. */
  readonly backups?: string;
  /** The system calls underneath; tests pass some that fail. */
  readonly files?: FileSystem;
  /** The schema; tests pass older and newer ones. */
  readonly migrations?: readonly Migration[];
  readonly now?: () => Date;
  /** That of the journal that is to follow. */
  readonly further?: Projection;
}

/**
 * Opens or creates the database at an absolute path. The caller owns the workspace (`acquireOwner`): two owners corrupt the file.
 *
 * A damaged file is set aside, the newest good backup takes its place, and `notices` says so. Throws FailureError
 * `database_foreign` and `database_newer` (the file is left as it is), `database_owned` (another program has it open),
 * `database_unsupported`, `database_full`, `unreadable`, and `database_damaged` when the disk failed: then the file is left as it is.
 */
export async function openDatabase(path: string, options: OpenOptions = {}): Promise<Database> {
  const now = options.now ?? (() => new Date());
  const backups = options.backups ?? join(dirname(path), "backups");
  const steps = options.migrations ?? migrations;
  const notices: string[] = [];
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (let restored = false; ; restored = true) {
    try {
      const database = await openOnce(path, options.files ?? nodeFileSystem, steps, notices);
      try {
        await migrate(database, steps, { backups, at: now() });
        if (options.migrations === undefined) notices.push(...catchUp(database, options.further ?? NOTHING_FURTHER));
        return database;
      } catch (error) {
        await database.abandon();
        throw error;
      }
    } catch (error) {
      const damage = damageOf(error);
      if (damage === null || restored) throw error;
      notices.push(await setAsideAndRestore(path, backups, damage, now()));
      await rm(checkMark(path), { force: true });
    }
  }
}

async function openOnce(
  path: string,
  files: FileSystem,
  steps: readonly Migration[],
  notices: readonly string[],
): Promise<Database> {
  const state = await inspectFile(path);
  if (state.kind === "damaged" && !(await hasJournal(path))) throw damaged(path, state.detail);
  if (state.kind === "foreign") {
    throwFailure(
      "database_foreign",
      `${path} is not a database of Planwright: ${state.detail}. It was left untouched; move it away, then try again.`,
      { details: { path } },
    );
  }
  const vfs = await loadSqlite();
  await placeGuard(path);
  let file: OpenFile;
  try {
    file = vfs.open(path, files);
  } catch (error) {
    await removeGuard(path);
    throw sqliteError(error, path, null);
  }
  const database = new Database(path, file, notices);
  try {
    readFirst(database, path, steps.length);
    configure(database);
    await checkOnRequest(database, path);
    return database;
  } catch (error) {
    await database.abandon();
    throw error;
  }
}

/** A journal beside the file undoes what was half written, also that the file was begun at all: SQLite must see it first. */
async function hasJournal(path: string): Promise<boolean> {
  try {
    return (await stat(`${path}-journal`)).size > 0;
  } catch {
    return false;
  }
}

/** Reads before anything is written, so that a file that is not for us stays as it is. Recovers the WAL in memory only. */
function readFirst(database: Database, path: string, known: number): void {
  // Must come before the first access: without shared memory only an exclusive connection may use the WAL.
  database.execute("PRAGMA locking_mode=EXCLUSIVE");
  const version = database.first("PRAGMA user_version", [], (row) => Number(row["user_version"]));
  database.first("SELECT count(*) AS tables FROM sqlite_schema", [], (row) => row["tables"]);
  if (version === null || version <= known) {
    refuseActive(database, path);
    return;
  }
  throwFailure(
    "database_newer",
    `The database ${path} was written by a newer Planwright (schema ${version}, this one knows ${known}). It was left untouched; update Planwright.`,
    { details: { path, schema: version, known } },
  );
}

/**
 * A workspace that was cloned can bring a database. Triggers and views would act whenever ours are used; we have no trigger, and
 * only these views.
 */
function refuseActive(database: Database, path: string): void {
  const active = database.all(
    "SELECT type, name FROM sqlite_schema WHERE type = 'trigger' OR (type = 'view' AND name <> 'agent_runs') LIMIT 1",
    [],
    (row) => `${String(row["type"])} "${String(row["name"])}"`,
  );
  if (active[0] === undefined) return;
  throwFailure(
    "database_foreign",
    `The database ${path} has a ${active[0]}, which Planwright never makes: somebody has changed it. It was left untouched; move it away, then try again.`,
    { details: { path } },
  );
}

/**
 * The order matters: the kind of vacuum and the mark of ownership go into the first page, which is written before WAL is
 * switched on. The last three follow SQLite's advice for files that somebody may have tampered with
 * (https://www.sqlite.org/security.html); the checkpoints are ours (`Database.checkpoint`). The cache is small because the memory of
 * WebAssembly is never given back, and what falls out of it is still in the cache of the system.
 */
function configure(database: Database): void {
  const pages = database.first("PRAGMA page_count", [], (row) => row["page_count"]);
  if (pages === 0) database.execute("PRAGMA auto_vacuum=INCREMENTAL");
  const mark = database.first("PRAGMA application_id", [], (row) => row["application_id"]);
  if (mark !== APPLICATION_ID) database.execute(`PRAGMA application_id=${APPLICATION_ID}`);
  const mode = database.first("PRAGMA journal_mode=WAL", [], (row) => row["journal_mode"]);
  if (mode !== "wal") {
    throwFailure(
      "database_unsupported",
      `The database ${database.path} cannot be switched to write-ahead logging (${String(mode)}).`,
    );
  }
  database.execute(
    [
      "PRAGMA synchronous=NORMAL",
      "PRAGMA wal_autocheckpoint=0",
      "PRAGMA cache_size=-4000",
      "PRAGMA temp_store=MEMORY",
      "PRAGMA foreign_keys=ON",
      "PRAGMA trusted_schema=OFF",
      "PRAGMA cell_size_check=ON",
    ].join(";"),
  );
}

/** A run or a backup that met damage has asked for a look at the whole file. */
async function checkOnRequest(database: Database, path: string): Promise<void> {
  if (!existsSync(checkMark(path))) return;
  const answer = database.first("PRAGMA quick_check(1)", [], (row) => String(row["quick_check"]));
  if (answer !== "ok") throw damaged(path, answer ?? "the check gave no answer");
  await rm(checkMark(path), { force: true });
}
