import { constants } from "node:fs";
import { copyFile, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { checkCopy } from "./check-copy.ts";
import { errorCode, nodeFileSystem, syncDirectory } from "./file-system.ts";

/** Suffixes of the files that belong to a database. */
const WRITE_AHEAD_LOG = "-wal";
const JOURNAL = "-journal";

/**
 * Copies a live database to `target`, which it replaces only when the copy has passed its check. The caller holds checkpoints
 * meanwhile: then the main file does not change, and commits that are appended to the WAL while it is copied are either whole
 * in the copy or dropped as its torn end. Returns the problem of the copy, or null when the backup is in place.
 */
export async function copyDatabase(source: string, target: string): Promise<string | null> {
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const draft = `${target}.draft`;
  await removeDatabase(draft);
  try {
    await copyFile(source, draft, constants.COPYFILE_FICLONE);
    await copyIfPresent(source + WRITE_AHEAD_LOG, draft + WRITE_AHEAD_LOG);
    const problem = await checkCopy(draft);
    if (problem !== null) return problem;
    await putInPlace(draft, target);
    return null;
  } finally {
    await removeDatabase(draft);
  }
}

/** Names of backups sort by their time. */
export function backupPath(directory: string, at: Date, label = ""): string {
  return join(directory, `planwright-${fileStamp(at)}${label}.db`);
}

/** Backups in a directory, the newest first. A missing directory holds none. */
export async function listBackups(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory);
    return names
      .filter((name) => /^planwright-.*\.db$/.test(name))
      .sort()
      .reverse()
      .map((name) => join(directory, name));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Keeps the newest `keep` backups and deletes the others. */
export async function pruneBackups(directory: string, keep: number): Promise<void> {
  for (const old of (await listBackups(directory)).slice(keep)) await rm(old, { force: true });
}

/**
 * Moves a damaged database out of the way, beside its old place, and restores the newest backup that passes its check.
 * Returns what happened, for the person.
 */
export async function setAsideAndRestore(database: string, backups: string, detail: string, at: Date): Promise<string> {
  const aside = `${database}.damaged-${fileStamp(at)}`;
  await rename(database, aside);
  for (const suffix of [WRITE_AHEAD_LOG, JOURNAL]) await renameIfPresent(database + suffix, aside + suffix);
  const story = `The database ${database} was damaged (${detail}) and was set aside as ${basename(aside)}.`;
  for (const backup of await listBackups(backups)) {
    if ((await copyDatabase(backup, database)) !== null) continue;
    return `${story} The backup ${basename(backup)} took its place: what was recorded after it is missing.`;
  }
  return `${story} There is no good backup in ${backups}, so it begins anew: earlier plans and executions are missing.`;
}

/** `2026-11-21T08-00-00.000Z`: sorts by time and is a file name everywhere. */
function fileStamp(at: Date): string {
  return at.toISOString().replaceAll(":", "-");
}

async function putInPlace(draft: string, target: string): Promise<void> {
  const file = await open(draft, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, target);
  syncDirectory(nodeFileSystem, dirname(target));
}

async function removeDatabase(path: string): Promise<void> {
  for (const suffix of ["", WRITE_AHEAD_LOG, JOURNAL]) await rm(path + suffix, { force: true });
}

async function copyIfPresent(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

async function renameIfPresent(source: string, target: string): Promise<void> {
  try {
    await rename(source, target);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
