import { basename } from "node:path";
import { FailureError, failure } from "../../schemas/failure.ts";
import { errorCode } from "./file-system.ts";
import type { Disk } from "./real-file.ts";

/**
 * Turns what sql.js threw into a FailureError when it is an expected failure of the disk or the file, else into an Error.
 * sql.js passes on SQLite's message without its code (https://www.sqlite.org/rescode.html, `sqlite3_errstr`), and throws bare
 * strings for wrong use of its own interface; the disk knows which system call failed.
 */
export function sqliteError(thrown: unknown, path: string, disk: Disk | null): Error {
  if (thrown instanceof FailureError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = disk?.lastError ?? null;
  const code = errorCode(cause) ?? errorCode(thrown);
  if (disk?.syncFailure) return diskFailed(path, disk.syncFailure, thrown);
  if (/database or disk is full/.test(message) || code === "ENOSPC" || code === "EDQUOT") {
    return expected(
      "database_full",
      `There is no space left for the database ${path}. What was recorded so far is safe; make room on the disk, then go on.`,
      thrown,
    );
  }
  if (/malformed|file is not a database|unsupported file format/.test(message)) return damaged(path, message, thrown);
  if (/disk I\/O error/.test(message)) return diskFailed(path, cause, thrown);
  if (/unable to open database file|readonly database/.test(message) || errorCode(thrown) !== null) {
    return expected(
      "unreadable",
      `The database ${path} cannot be opened (${cause?.message ?? message}). Check that the file and its folder belong to you and can be written.`,
      thrown,
    );
  }
  return thrown instanceof Error ? thrown : new Error(message);
}

export function damaged(path: string, detail: string, cause?: unknown): FailureError {
  return expected(
    "database_damaged",
    `The database ${path} is damaged (${detail}). Start Planwright again: it sets the file aside and restores the newest good backup.`,
    cause,
    { path, detail },
  );
}

/** After a failed read, write or sync. Nothing is acknowledged any more until the database is opened again. */
export function diskFailed(path: string, reason: Error | null, cause?: unknown): FailureError {
  return expected(
    "database_damaged",
    `The disk failed under the database ${basename(path)} (${reason?.message ?? "input/output error"}; ${path}). ` +
      "Nothing since the last confirmed change is promised to be kept. Check the disk, then start Planwright again.",
    cause ?? reason,
    { path, errno: errorCode(reason) ?? "EIO" },
  );
}

/**
 * How the content of a database is damaged, or null: it is not known to be. A disk that failed says nothing about what is on it, so the
 * file must not be given up for an older backup because of it.
 */
export function damageOf(error: unknown): string | null {
  if (!(error instanceof FailureError) || error.failure.code !== "database_damaged") return null;
  const detail = error.failure.details?.["detail"];
  return typeof detail === "string" ? detail : null;
}

function expected(
  code: "database_full" | "database_damaged" | "unreadable",
  message: string,
  cause: unknown,
  details: Record<string, string> = {},
): FailureError {
  const error = new FailureError(failure(code, message, { details }));
  error.cause = cause;
  return error;
}
