import { constants } from "node:fs";
import { access, copyFile, link, mkdir, open, readdir, rename, rm } from "node:fs/promises";
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

/**
 * Keeps the newest `keep` backups and deletes the others. Those with a label, which were made before something was changed for good,
 * and those of every day do not count for each other.
 */
export async function pruneBackups(
  directory: string,
  keep: number,
  kind: "plain" | "labelled" = "plain",
): Promise<void> {
  const ofKind = (await listBackups(directory)).filter((path) => (PLAIN.test(path) ? "plain" : "labelled") === kind);
  for (const old of ofKind.slice(keep)) await rm(old, { force: true });
}

/** When a backup was made, by its name; null when somebody has named it otherwise. */
export function backupTime(path: string): Date | null {
  const [, day, hour, rest] = STAMP.exec(basename(path)) ?? [];
  return day === undefined ? null : new Date(`${day}T${hour ?? ""}:${(rest ?? "").replace("-", ":")}`);
}

/** Removes what a backup or a restore that was killed has left half done. */
export async function removeDrafts(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) if (DRAFT.test(name)) await rm(join(directory, name), { force: true });
}

const STAMP = /^planwright-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d-\d\d\.\d{3}Z)/;
const PLAIN = /planwright-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}Z\.db$/;
const DRAFT = /^planwright.*\.db(\.restore)?\.draft(-wal|-journal)?$|^planwright\.db\.restore$/;

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

/**
 * Checks a copy of `backup` and lays it beside the database that it is to replace. Returns the problem, or null: then
 * `putRestored` may follow, while nobody has the database open. `known` is the newest schema that can be read.
 */
export async function prepareRestore(backup: string, database: string, known: number): Promise<string | null> {
  const problem = await copyDatabase(backup, restoredCopy(database));
  if (problem !== null) return problem;
  const header = Buffer.alloc(64);
  const file = await open(restoredCopy(database), "r");
  try {
    await file.read(header, 0, header.length, 0);
  } finally {
    await file.close();
  }
  // https://www.sqlite.org/fileformat2.html#the_database_header: the user version.
  const schema = header.readUInt32BE(60);
  return schema > known ? `it was written by a newer Planwright (schema ${schema}, this one knows ${known})` : null;
}

/**
 * Puts the prepared copy in the place of the database in one step, so that there is always a whole one, whenever this is killed. The
 * database that was there is kept beside it; returns its path, or null when there was none.
 */
export async function putRestored(database: string, at: Date): Promise<string | null> {
  for (const suffix of [WRITE_AHEAD_LOG, JOURNAL]) {
    // SQLite would play it into the restored database.
    if (await exists(database + suffix))
      throw new Error(`${basename(database + suffix)} is still there: nothing was restored`);
  }
  const aside = `${database}.before-restore-${fileStamp(at)}`;
  const hadOne = await exists(database);
  if (hadOne) await link(database, aside).catch(() => copyFile(database, aside, constants.COPYFILE_FICLONE));
  await rename(restoredCopy(database), database);
  syncDirectory(nodeFileSystem, dirname(database));
  return hadOne ? aside : null;
}

function restoredCopy(database: string): string {
  return `${database}.restore`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
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
