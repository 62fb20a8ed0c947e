import { throwFailure } from "../../schemas/failure.ts";

/** Throws `database_full` where the disk has no room, else `unreadable`. `what` could not be done, in words that end a sentence. */
export function throwWriteFailure(
  error: unknown,
  what: string,
  advice = "give yourself the right to write there",
): never {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  const isFull = code === "ENOSPC" || code === "EDQUOT";
  throwFailure(isFull ? "database_full" : "unreadable", `${what} (${code}): ${isFull ? "make some room" : advice}`);
}
