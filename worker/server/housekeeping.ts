import { stat } from "node:fs/promises";
import { join } from "node:path";
import { parseDuration } from "../../schemas/duration.ts";
import type { SettingsFile } from "../../schemas/settings-file.ts";
import type { Retention } from "../logs/retention.ts";
import type { Clock } from "../run/ports.ts";
import { backupPath, backupTime, listBackups, pruneBackups, removeDrafts } from "../store/backup.ts";
import type { Database } from "../store/database.ts";
import { compactRecord, purgeRecord } from "../store/retention.ts";
import { slices } from "../store/slices.ts";
import type { Settings } from "./settings.ts";

export interface HousekeepingOptions {
  /** Our folder in the workspace. */
  readonly home: string;
  readonly database: Database;
  readonly settings: Settings;
  readonly clock: Clock;
  /** Ids of executions that are under way: nothing of them is removed. */
  running(): readonly string[];
  /** Something that a person should know, for the worker's log: told once until it works again. */
  notice(message: string): void;
  /** Lists are no longer what they were. */
  changed(): void;
  pruneLogs(): Promise<void>;
  /** Removes worktrees that are too old or too large. */
  cleanWorktrees(limits: SettingsFile["worktrees"], signal: AbortSignal): Promise<void>;
}

/** Not at once: whoever has opened the record wants to use it. */
const FIRST_MS = 5_000;
const LOOK_MS = 60_000;
const PURGE_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** No window of a budget is longer. */
const LEDGER_MS = 400 * DAY_MS;

/**
 * Keeps the house clean while other things go on (catalogue J2): backups, what is too old, the size of the record. Nothing of it fails an
 * execution; what goes wrong is told once until it works again.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions;
  readonly #leaving = new AbortController();
  /** What goes wrong at present, by what it is about. */
  readonly #wrong = new Map<string, string>();
  #timer: { cancel(): void } | null = null;
  #work: Promise<void> = Promise.resolve();
  #backedUp = { at: 0, changes: -1 };
  #purgedAt = -Infinity;

  constructor(options: HousekeepingOptions) {
    this.#options = options;
  }

  begin(): void {
    this.#later(FIRST_MS);
  }

  /** What goes wrong at present, for people; gone as soon as it works again. */
  get problems(): readonly string[] {
    return [...this.#wrong.values()];
  }

  /** Does now what is due. Does not reject. */
  async tidy(): Promise<void> {
    const before = this.#work;
    this.#work = (async () => {
      await before;
      await this.#tidy();
    })();
    await this.#work;
  }

  /** Makes a backup now and removes those that are too many. Rejects with FailureError when it cannot be made. */
  async backUp(): Promise<string> {
    const { database, clock, settings } = this.#options;
    const changes = changesOf(database);
    const at = clock.wall();
    const target = backupPath(this.#backups, at);
    await database.backup(target);
    this.#backedUp = { at: at.getTime(), changes };
    this.#wrong.delete("backup");
    await pruneBackups(this.#backups, settings.last.settings.backup.keep);
    return target;
  }

  /** Nothing is begun any more; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#leaving.abort();
    await this.#work;
  }

  get #backups(): string {
    return join(this.#options.home, "backups");
  }

  #later(delay: number): void {
    if (this.#leaving.signal.aborted) return;
    this.#timer = this.#options.clock.after(delay, () => {
      this.#work = this.tidy().finally(() => {
        this.#later(LOOK_MS);
      });
    });
  }

  async #tidy(): Promise<void> {
    if (this.#leaving.signal.aborted) return;
    const { settings, problems } = await this.#options.settings.read();
    await this.#try("settings", async () => {
      const [problem] = problems;
      if (problem)
        throw new Error(`${problem.message}; until then what was good last holds, and nothing old is removed`);
    });
    await this.#try("backup", () => this.#backUpWhenDue(settings));
    const { clock } = this.#options;
    if (problems.length > 0 || clock.monotonic() - this.#purgedAt < PURGE_MS) return;
    await this.#try("purge", () => this.#purge(settings));
    await this.#options.pruneLogs();
    await this.#try("worktrees", () => this.#options.cleanWorktrees(settings.worktrees, this.#leaving.signal));
  }

  /** What has gone wrong once is told again only after it has worked. */
  async #try(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
      if (this.#wrong.delete(what)) this.#options.changed();
    } catch (error) {
      if (this.#leaving.signal.aborted) return;
      const message = `${FAILED[what] ?? ""}${error instanceof Error ? error.message : String(error)}`;
      const isTold = this.#wrong.has(what);
      this.#wrong.set(what, message);
      if (isTold) return;
      this.#options.notice(message);
      this.#options.changed();
    }
  }

  async #backUpWhenDue({ backup }: SettingsFile): Promise<void> {
    const { clock, database } = this.#options;
    if (this.#backedUp.at === 0) await this.#recall();
    if (clock.wall().getTime() - this.#backedUp.at < milliseconds(backup.every)) return;
    if (changesOf(database) !== this.#backedUp.changes) await this.backUp();
  }

  /** What workers before this one have backed up. */
  async #recall(): Promise<void> {
    const { database } = this.#options;
    await removeDrafts(this.#backups);
    await removeDrafts(this.#options.home);
    const times = (await listBackups(this.#backups)).flatMap((path) => backupTime(path)?.getTime() ?? []);
    const at = Math.max(1, ...times);
    const files = [database.path, `${database.path}-wal`].map((path) => stat(path).catch(() => null));
    const isOlder = (await Promise.all(files)).every((file) => file === null || file.size === 0 || file.mtimeMs <= at);
    this.#backedUp = { at, changes: isOlder ? changesOf(database) : -1 };
  }

  async #purge({ retention }: SettingsFile): Promise<void> {
    const { clock, database } = this.#options;
    const now = clock.wall().getTime();
    const before = (age: number): string => new Date(Math.max(0, now - age)).toISOString();
    const limits = {
      executions: before(milliseconds(retention.executions)),
      messages: before(milliseconds(retention.messages)),
      ledger: before(Math.max(LEDGER_MS, milliseconds(retention.executions))),
    };
    const inSlices = slices(clock, this.#leaving.signal);
    const keep = new Set(this.#options.running());
    const { executions, rows } = await purgeRecord(database, limits, clock.wall(), { keep, inSlices });
    if (executions > 0) this.#options.changed();
    if (rows > 0) await compactRecord(database, inSlices);
    this.#purgedAt = clock.monotonic();
  }
}

/** How long logs are kept. */
export function logRetention({ retention }: SettingsFile): Retention {
  return { maxAgeMs: milliseconds(retention.logs), maxBytes: retention.logBytes };
}

const FAILED: Readonly<Record<string, string>> = {
  backup: "no backup could be made, older ones stay: ",
  purge: "what is too old could not be removed from the record: ",
  worktrees: "old worktrees could not be removed: ",
};

function milliseconds(text: string): number {
  return parseDuration(text) ?? Infinity;
}

function changesOf(database: Database): number {
  return database.first("SELECT total_changes() AS n", [], (row) => Number(row["n"])) ?? 0;
}
