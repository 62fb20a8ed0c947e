import { mkdir, readFile, rm, rmdir, stat } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { throwFailure } from "../../schemas/failure.ts";
import { errorCode } from "./file-system.ts";

/** How long a program that happens to read the database is given to finish. */
const PATIENCE_MS = 2_000;

/**
 * Keeps other SQLite programs from writing while we have the database open (catalogue J3).
 *
 * They coordinate over `<db>-shm` (https://www.sqlite.org/wal.html#the_wal_index_file) and locks that our file functions do not
 * take. A directory of that name cannot be opened for writing, so they fall back to reading without shared memory
 * (https://www.sqlite.org/wal.html#readonly): they see every committed change and can change nothing, not even tidy our WAL away.
 * A directory left over from a crash serves as well as a new one.
 */
export async function placeGuard(database: string): Promise<void> {
  await waitForOthers(database);
  const guard = guardPath(database);
  try {
    await mkdir(guard, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    if ((await stat(guard)).isDirectory()) return;
    // An index that a program left behind when it crashed; it is rebuilt from the WAL whenever it is missing.
    await rm(guard);
    await mkdir(guard, { mode: 0o700 });
  }
}

/** Tolerates a guard that somebody removed. */
export async function removeGuard(database: string): Promise<void> {
  try {
    await rmdir(guardPath(database));
  } catch (error) {
    const code = errorCode(error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
  }
}

function guardPath(database: string): string {
  return `${database}-shm`;
}

/** Throws `database_owned` when another program keeps the database open. Only Linux tells; elsewhere nothing is found. */
async function waitForOthers(database: string): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const holder = await findLockHolder(database);
    if (holder === null) return;
    if (performance.now() > deadline) {
      throwFailure(
        "database_owned",
        `Another program (process ${holder}) has the database ${database} open. Close it there, then try again.`,
        { details: { pid: holder, path: database } },
      );
    }
    await delay(50);
  }
}

/** `/proc/locks` names device and inode of every locked file (proc(5)); SQLite holds a lock as long as a WAL database is open. */
async function findLockHolder(database: string): Promise<number | null> {
  if (process.platform !== "linux") return null;
  try {
    const { dev, ino } = await stat(database);
    const major = (dev >> 8) & 0xfff;
    const minor = (dev & 0xff) | ((dev >> 12) & 0xfff00);
    const id = `${major.toString(16).padStart(2, "0")}:${minor.toString(16).padStart(2, "0")}:${ino}`;
    const line = (await readFile("/proc/locks", "latin1")).split("\n").find((entry) => entry.split(/\s+/)[5] === id);
    return line === undefined ? null : Number(line.split(/\s+/)[4]);
  } catch {
    return null;
  }
}
