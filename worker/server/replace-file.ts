import { randomBytes } from "node:crypto";
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  type BigIntStats,
  type Stats,
} from "node:fs";
import { access, constants, open, readdir, rm, stat, type FileHandle } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { basename, dirname, join } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { decodeSpec } from "./spec-file.ts";

/** Drafts that this process is writing now. */
const underWay = new Set<string>();

/**
 * Replaces a file's content whole or not at all, if it still is what was read; its rights stay. Another name of the same file (a hard
 * link) keeps the old content. False: somebody changed it meanwhile, and what they wrote stands. Throws when it cannot be written, and
 * then the old content stands. `path` has no links in it.
 */
export async function replaceSpecFile(path: string, before: string, after: string): Promise<boolean> {
  const about = await stat(path);
  await requireWritable(path, about);
  await removeLeftOvers(path);
  // Programs that write a file in place may have opened the old one already.
  const old = await open(path, "r");
  try {
    const [was, isNew] = await swapIn(path, { about, before, after, old });
    if (!isNew) return false;
    await syncFolder(dirname(path));
    const theirs = await writtenSince(old, was);
    if (theirs === null || theirs === before) return true;
    const [, isBack] = await swapIn(path, { about, before: after, after: theirs, old: null });
    if (!isBack) throwFailure("conflict", "another program wrote the file at the same moment, and then once more");
    return false;
  } finally {
    await old.close();
  }
}

interface Swap {
  readonly about: Stats;
  readonly before: string;
  readonly after: string;
  /** The file that is replaced; null: whichever it is. */
  readonly old: FileHandle | null;
}

/** Returns what is known of the old file at that moment, and whether the new one has taken its place. */
async function swapIn(path: string, { about, before, after, old }: Swap): Promise<[BigIntStats, boolean]> {
  const draft = join(dirname(path), `${draftStart(path)}${randomBytes(6).toString("hex")}.tmp`);
  underWay.add(draft);
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(after, "utf8");
      await takeRights(file, about);
      await file.sync();
    } finally {
      await file.close();
    }
    return swap(path, draft, before, old);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG")
      throwFailure("database_full", "there is no space left for it: make some room");
    if (code === "EACCES" || code === "EPERM" || code === "EROFS")
      throwFailure(
        "unreadable",
        "its folder may not be written: give yourself the right to write there, or tick them by hand",
      );
    throw error;
  } finally {
    await rm(draft, { force: true });
    underWay.delete(draft);
  }
}

/** The directory could be written and the file not: somebody means it to stay as it is. */
async function requireWritable(path: string, { mode }: Stats): Promise<void> {
  const may = await access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
  // What the superuser may do says nothing.
  if (!may || (mode & 0o222) === 0)
    throwFailure(
      "unreadable",
      "the file may not be written: give yourself the right to write it, or tick them by hand",
    );
}

/** Mode and owner of the file that is replaced. The mode that a file is made with would be cut down by the umask. */
async function takeRights(file: FileHandle, { mode, uid, gid }: Stats): Promise<void> {
  const own = await file.stat();
  // Only the superuser may give files away; for others it stays theirs, as with every editor.
  if (own.uid !== uid || own.gid !== gid) await file.chown(uid, gid).catch(() => undefined);
  await file.chmod(mode & 0o777);
}

/**
 * Puts the draft in the file's place. What is compared is what is replaced: between the look and the change nothing else of this
 * process runs, and a file that was put there by its name meanwhile is noticed.
 */
function swap(path: string, draft: string, before: string, old: FileHandle | null): [BigIntStats, boolean] {
  const descriptor = openSync(path, "r");
  try {
    const was = fstatSync(descriptor, { bigint: true });
    const now = decodeSpec(readFileSync(descriptor));
    if (!now.ok || now.value !== before) return [was, false];
    const is = (other: BigIntStats): boolean => other.ino === was.ino && other.dev === was.dev;
    if (!is(statSync(path, { bigint: true })) || (old && !is(fstatSync(old.fd, { bigint: true })))) return [was, false];
    renameSync(draft, path);
    return [was, true];
  } finally {
    closeSync(descriptor);
  }
}

/** What a program has written into the old file that it had opened before the new one took its place; null: nothing. */
async function writtenSince(old: FileHandle, was: BigIntStats): Promise<string | null> {
  let seen = was;
  for (let look = 0; look < LOOKS; look += 1) {
    await sleep(LOOK_MS);
    const now = await old.stat({ bigint: true });
    const stands = now.mtimeNs === seen.mtimeNs && now.size === seen.size;
    seen = now;
    if (now.mtimeNs === was.mtimeNs && now.size === was.size) return null;
    // Who writes a file in place empties it first.
    if (!stands || now.size === 0n) continue;
    const bytes = Buffer.alloc(Number(now.size));
    const { bytesRead } = await old.read(bytes, 0, bytes.length, 0);
    const text = decodeSpec(bytes.subarray(0, bytesRead));
    return text.ok ? text.value : null;
  }
  return null;
}

/** A program that had the file open needs no longer to write it. */
const LOOK_MS = 20;
const LOOKS = 50;

function draftStart(path: string): string {
  return `.${basename(path)}.`;
}

/** Drafts of workers that were killed while they wrote. */
async function removeLeftOvers(path: string): Promise<void> {
  const start = draftStart(path);
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(start) || !/^[0-9a-f]{12}\.tmp$/.test(name.slice(start.length))) continue;
    const old = join(dirname(path), name);
    if (!underWay.has(old)) await rm(old, { force: true });
  }
}

/** A new name is on the disk only when its folder is. Not every platform can do it. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  if (!folder) return;
  await folder.sync().catch(() => undefined);
  await folder.close();
}
