import { appendFile, lstat, readdir, readFile, rename, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LogPurge } from "../../schemas/log.ts";
import { hasErrorCode } from "./error-code.ts";
import { segmentNumber } from "./segments.ts";

export interface Retention {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

const RETENTION: Retention = { maxBytes: 2_000_000_000, maxAgeMs: 7 * 86_400_000 };
/** Purges that are remembered. */
const REMEMBERED = 10_000;
const RECORD_FILE = "purged.jsonl";

interface StoredLog {
  readonly executionId: string;
  readonly files: readonly string[];
  readonly bytes: number;
  /** Wall time of the last entry, in ms. */
  readonly lastWrite: number;
}

/**
 * Removes the logs of whole executions, oldest first, until the rest is within 7 days and 2 GB (semantics, Files). Those in
 * `keep` stay. What is removed is written down before, so that a reader can tell a purged log from none. Only segments are
 * removed; whatever else somebody put there stays. Rejects with the file system's error.
 */
export async function pruneLogs(
  logsDir: string,
  now: Date,
  keep: ReadonlySet<string>,
  retention: Retention = RETENTION,
): Promise<LogPurge[]> {
  const logs = await storedLogs(logsDir);
  let total = logs.reduce((sum, { bytes }) => sum + bytes, 0);
  const purges: LogPurge[] = [];
  for (const log of logs.sort((a, b) => a.lastWrite - b.lastWrite)) {
    if (keep.has(log.executionId)) continue;
    const isOld = now.getTime() - log.lastWrite > retention.maxAgeMs;
    if (!isOld && total <= retention.maxBytes) continue;
    const { executionId, bytes } = log;
    const purge: LogPurge = { executionId, purgedAt: now.toISOString(), bytes, reason: isOld ? "age" : "size" };
    await appendFile(join(logsDir, RECORD_FILE), `${JSON.stringify(purge)}\n`, { mode: 0o600 });
    await remove(join(logsDir, executionId), log.files);
    purges.push(purge);
    total -= bytes;
  }
  if (purges.length > 0) await shortenRecord(logsDir);
  return purges;
}

/** When and why the log of an execution was purged; null when it was not, as far as is remembered. */
export async function purgeOf(logsDir: string, executionId: string): Promise<LogPurge | null> {
  return (await readRecord(logsDir)).findLast((purge) => purge.executionId === executionId) ?? null;
}

async function storedLogs(logsDir: string): Promise<StoredLog[]> {
  const logs: StoredLog[] = [];
  for (const folder of await entriesOf(logsDir)) {
    if (!folder.isDirectory()) continue;
    const dir = join(logsDir, folder.name);
    const files = (await entriesOf(dir)).filter((file) => file.isFile() && segmentNumber(file.name) !== null);
    const stats = await Promise.all(files.map((file) => lstat(join(dir, file.name))));
    if (stats.length === 0) continue;
    logs.push({
      executionId: folder.name,
      files: files.map((file) => join(dir, file.name)),
      bytes: stats.reduce((sum, { size }) => sum + size, 0),
      lastWrite: Math.max(...stats.map(({ mtimeMs }) => mtimeMs)),
    });
  }
  return logs;
}

async function entriesOf(dir: string) {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (hasErrorCode(error, "ENOENT")) return [];
    throw error;
  }
}

async function remove(dir: string, files: readonly string[]): Promise<void> {
  for (const file of files) await unlink(file);
  await rmdir(dir).catch((error: unknown) => {
    if (!hasErrorCode(error, "ENOTEMPTY") && !hasErrorCode(error, "EEXIST")) throw error;
  });
}

async function readRecord(logsDir: string): Promise<LogPurge[]> {
  const text = await readFile(join(logsDir, RECORD_FILE), "utf8").catch((error: unknown) => {
    if (hasErrorCode(error, "ENOENT")) return "";
    throw error;
  });
  return text.split("\n").flatMap((line) => parsePurge(line) ?? []);
}

function parsePurge(line: string): LogPurge | null {
  try {
    const purge = LogPurge.safeParse(JSON.parse(line));
    return purge.success ? purge.data : null;
  } catch {
    // A torn line of a crash; the log that it spoke of is still there or is simply gone.
    return null;
  }
}

async function shortenRecord(logsDir: string): Promise<void> {
  const purges = await readRecord(logsDir);
  if (purges.length <= REMEMBERED) return;
  const file = join(logsDir, RECORD_FILE);
  const kept = purges.slice(-REMEMBERED).map((purge) => `${JSON.stringify(purge)}\n`);
  await writeFile(`${file}.new`, kept.join(""), { mode: 0o600 });
  await rename(`${file}.new`, file);
}
