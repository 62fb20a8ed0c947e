import { writeFileSync } from "node:fs";
import { FailureError } from "../../schemas/failure.ts";
import { copyDatabase } from "./backup.ts";
import { GroupCommit } from "./group-commit.ts";
import { removeGuard } from "./native-guard.ts";
import { damaged, diskFailed, sqliteError } from "./sqlite-failure.ts";
import type { OpenFile } from "./sqlite-vfs.ts";
import { Statements, type Row, type SqlValue } from "./statements.ts";

/** The WAL is merged into the database when it has grown beyond this and nobody waits for a sync. */
const CHECKPOINT_BYTES = 12 * 1024 * 1024;
/** Beyond this it is merged as soon as it has been synced, also while somebody waits. */
const CHECKPOINT_SOON_BYTES = 14 * 1024 * 1024;
/** Beyond this it is merged at the next commit, also when nobody asks for a sync. */
const CHECKPOINT_AT_LATEST_BYTES = 64 * 1024 * 1024;

/** Writes that may follow a moment later. They are lost in a crash, so whoever defers them must be able to make up for that. */
export interface Deferred {
  /** Makes them, inside a transaction. Called again when that was rolled back. */
  apply(): void;
  /** They are committed. */
  applied(): void;
}

/** Deferred writes are made after this time at the latest. */
const DEFERRED_MS = 100;

/**
 * An open database. Statements are synchronous and see their own effects at once; they are durable only after `durable()`,
 * so nothing may be told to anyone before that has resolved.
 *
 * All methods throw FailureError for what can happen to a disk: `database_full` (the change is rolled back, reading goes on,
 * trying again can help) and `database_damaged` (also after a failed sync: nothing is acknowledged until it is opened again).
 */
export class Database {
  readonly path: string;
  /** What happened at opening and must be told to the person, such as a restored backup. */
  readonly notices: readonly string[];
  readonly #file: OpenFile;
  readonly #statements: Statements;
  readonly #commit: GroupCommit;
  readonly #backups = new Set<Promise<unknown>>();
  readonly #deferred = new Set<Deferred>();
  #deferral: NodeJS.Timeout | null = null;
  #tidying: NodeJS.Immediate | null = null;
  /** Of a merge that nobody waited for; whoever is to be told next that something is durable is told this. */
  #mergeFailure: Error | null = null;
  #holds = 0;
  #depth = 0;
  #closing: Promise<void> | null = null;

  /** Use `openDatabase`. */
  constructor(path: string, file: OpenFile, notices: readonly string[]) {
    this.path = path;
    this.notices = notices;
    this.#file = file;
    this.#statements = new Statements(file.connection);
    this.#commit = new GroupCommit(() => this.#sync());
  }

  /** Runs one statement and returns how many rows it changed. */
  run(sql: string, values: readonly SqlValue[] = []): number {
    return this.#guarded(() => this.#statements.run(sql, values));
  }

  /** All rows of a query, each parsed by the caller. Sees what was deferred, unless the disk is full. */
  all<T>(sql: string, values: readonly SqlValue[], parse: (row: Row) => T): T[] {
    this.#settleIfPossible();
    return this.allAsStored(sql, values, parse);
  }

  /** As `all`, for tables that no deferred write touches. */
  allAsStored<T>(sql: string, values: readonly SqlValue[], parse: (row: Row) => T): T[] {
    return this.#guarded(() => this.#statements.rows(sql, values)).map(parse);
  }

  /** The first row, or null. */
  first<T>(sql: string, values: readonly SqlValue[], parse: (row: Row) => T): T | null {
    this.#settleIfPossible();
    const row = this.#guarded(() => this.#statements.rows(sql, values))[0];
    return row === undefined ? null : parse(row);
  }

  /** Runs several statements without parameters, such as a migration. */
  execute(script: string): void {
    this.#guarded(() => {
      this.#statements.clear();
      this.#file.connection.run(script);
    });
  }

  /** Has writes made soon (`urgent`: now, unless the disk is full), and before anything is read or a transaction begins. */
  defer(writes: Deferred, urgent = false): void {
    this.#deferred.add(writes);
    if (urgent) this.#settleIfPossible();
    if (!this.#deferred.has(writes)) return;
    this.#deferral ??= setTimeout(() => {
      this.#deferral = null;
      this.#settleIfPossible();
    }, DEFERRED_MS).unref();
  }

  /** Makes what was deferred. Throws `database_full` when that is not possible now; it is then tried again later. */
  settle(): void {
    if (this.#depth > 0 || this.#deferred.size === 0) return;
    const writes = [...this.#deferred];
    this.#deferred.clear();
    if (this.#deferral) clearTimeout(this.#deferral);
    this.#deferral = null;
    try {
      this.transaction(() => {
        for (const write of writes) write.apply();
      });
    } catch (error) {
      for (const write of writes) this.defer(write);
      throw error;
    }
    for (const write of writes) write.applied();
  }

  #settleIfPossible(): void {
    if (this.#closing || this.#file.disk.abandoned) return;
    try {
      this.settle();
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      // What is read is what could be written. The next one who writes is told why.
    }
  }

  /** Runs `act` in one transaction, rolled back when it throws. Inside another one it is a part of that. */
  transaction<T>(act: () => T): T {
    if (this.#depth > 0) return act();
    this.settle();
    this.run("BEGIN IMMEDIATE");
    this.#depth += 1;
    let value: T;
    try {
      value = act();
      this.run("COMMIT");
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#depth -= 1;
    }
    this.checkpointBeyond(CHECKPOINT_AT_LATEST_BYTES);
    return value;
  }

  /** Resolves when everything that was committed before the call is on disk. Concurrent callers share a sync. */
  async durable(): Promise<void> {
    if (this.#closing) throw new Error("the database is closed");
    if (this.#file.disk.syncFailure) throw diskFailed(this.path, this.#file.disk.syncFailure);
    if (this.#mergeFailure) throw this.#mergeFailure;
    if (this.#file.writeAheadLog()?.isSynced ?? true) return;
    await this.#commit.request();
  }

  /** Merges the WAL into the main file. Does nothing during a backup or a transaction. */
  checkpoint(): void {
    if (this.#holds > 0 || this.#depth > 0 || !this.#file.disk.writable) return;
    try {
      this.#file.connection.run("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      // A full disk only postpones the merge: the WAL still holds everything.
      const reason = this.#explain(error);
      if (!("failure" in reason) || this.#file.disk.syncFailure) throw reason;
    }
  }

  /** The same, only when the WAL is longer than so many bytes. */
  checkpointBeyond(bytes: number): void {
    if (this.#logLength() > bytes) this.checkpoint();
  }

  /**
   * Writes a checked copy to `target`, while statements go on. It holds at least what was committed before the call.
   * Throws `database_damaged` when the copy does not pass the check; `target` is then left as it was.
   */
  async backup(target: string): Promise<void> {
    if (this.#closing) throw new Error("the database is closed");
    const work = this.#backUp(target);
    const settled = work.catch(() => undefined);
    this.#backups.add(settled);
    try {
      await work;
    } finally {
      this.#backups.delete(settled);
    }
  }

  /** Waits for running backups, syncs, merges the WAL and lets native programs write again. Calling it again is harmless. */
  close(): Promise<void> {
    this.#settleIfPossible();
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Leaves the files as they are, without merging the WAL: for a database that must not be touched. */
  async abandon(): Promise<void> {
    this.#file.disk.abandoned = true;
    this.#closing ??= Promise.resolve();
    if (this.#tidying) clearImmediate(this.#tidying);
    this.#statements.clear();
    this.#file.close();
    await removeGuard(this.path);
  }

  async #close(): Promise<void> {
    await Promise.all(this.#backups);
    if (this.#tidying) clearImmediate(this.#tidying);
    try {
      await this.#commit.request();
    } finally {
      this.#statements.clear();
      try {
        this.#file.close();
      } finally {
        await removeGuard(this.path);
      }
    }
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.writeAheadLog()?.makeDurable();
    } catch (error) {
      throw this.#explain(error);
    }
    this.checkpointBeyond(CHECKPOINT_SOON_BYTES);
    this.#tidySoon();
  }

  /** In a turn of its own: whoever waited for the sync goes on before. */
  #tidySoon(): void {
    this.#tidying ??= setImmediate(() => {
      this.#tidying = null;
      this.#tidy();
    });
  }

  /** While somebody waits it has time: the next sync comes back to it. */
  #tidy(): void {
    const log = this.#file.writeAheadLog();
    if (!log || this.#closing || this.#commit.isBusy) return;
    try {
      this.checkpointBeyond(CHECKPOINT_BYTES);
    } catch (error) {
      this.#mergeFailure = this.#explain(error);
    }
    if (!log.isCramped || !log.makeRoom()) return;
    // As a commit like any other, so that nobody is told of a later one before it is known that this sync did not fail.
    this.#commit.request().catch(() => undefined);
  }

  async #backUp(target: string): Promise<void> {
    this.settle();
    this.#holds += 1;
    try {
      await this.#commit.request();
      const problem = await copyDatabase(this.path, target);
      if (problem === null) return;
      this.#requestCheck();
      throw damaged(this.path, `its backup shows: ${problem}`);
    } catch (error) {
      throw this.#explain(error);
    } finally {
      this.#holds -= 1;
    }
  }

  #logLength(): number {
    return this.#file.writeAheadLog()?.end ?? 0;
  }

  #rollBack(): void {
    try {
      this.#statements.run("ROLLBACK", []);
    } catch {
      // SQLite has already rolled back by itself, as it does when the disk is full: https://www.sqlite.org/lang_transaction.html.
    }
  }

  #guarded<T>(act: () => T): T {
    if (this.#closing) throw new Error("the database is closed");
    try {
      return act();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(thrown: unknown): Error {
    const error = sqliteError(thrown, this.path, this.#file.disk);
    if ("failure" in error && /malformed/.test(String(thrown))) this.#requestCheck();
    return error;
  }

  /** Leaves a mark, so that the next opening looks at the whole file before it trusts it. */
  #requestCheck(): void {
    try {
      writeFileSync(checkMark(this.path), "");
    } catch {
      // The person is told of the damage by the failure itself; the mark only spares them a second one.
    }
  }
}

/** Its presence asks for a full check at the next opening. */
export function checkMark(database: string): string {
  return `${database}-check`;
}
