import { constants } from "node:fs";
import { lstat, mkdir, open, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { failed, failure, success, type Outcome } from "../../../schemas/failure.ts";
import { openInside } from "../read-inside.ts";
import { isInside } from "../workspace-path.ts";
import { realPlace } from "./permissions.ts";

/** Largest file that is read or written for an agent, in bytes. */
const MAX_BYTES = 10_000_000;

/**
 * Files that an agent asks us to read or write, although we never offered that: some ask regardless. Only inside the folder that it works
 * in, by real paths (SEC15). `path` is a place that `placeOf` found.
 */
export async function readForAgent(
  folder: string,
  path: string,
  { line, limit }: { readonly line: number | null; readonly limit: number | null },
): Promise<Outcome<string>> {
  try {
    const handle = await openInside(path, folder);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) return refused(path, `is larger than ${MAX_BYTES} bytes`);
      const text = await handle.readFile("utf8");
      if (line === null && limit === null) return success(text);
      const from = Math.max(0, (line ?? 1) - 1);
      return success(
        text
          .split("\n")
          .slice(from, limit === null ? undefined : from + limit)
          .join("\n"),
      );
    } finally {
      await handle.close();
    }
  } catch (error) {
    return refused(path, `cannot be read: ${textOf(error)}`);
  }
}

/** Writes a file at a place that `placeOf` found. */
export async function writeForAgent(folder: string, place: string, content: string): Promise<Outcome<null>> {
  if (Buffer.byteLength(content) > MAX_BYTES) return refused(place, `would be larger than ${MAX_BYTES} bytes`);
  try {
    await mkdir(dirname(place), { recursive: true });
    // The folders may have been exchanged for links meanwhile.
    const real = await realpath(dirname(place));
    if (!isInside(folder, real)) return refused(place, "leads outside the folder of the step");
    const file = join(real, place.slice(dirname(place).length).replace(/^[\\/]+/, ""));
    const there = await lstat(file).catch(() => null);
    if (there !== null && !there.isFile()) return refused(place, "is no file");
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
    const handle = await open(file, flags, 0o644);
    try {
      await handle.writeFile(content, "utf8");
    } finally {
      await handle.close();
    }
    return success(null);
  } catch (error) {
    return refused(place, `cannot be written: ${textOf(error)}`);
  }
}

/** The real path of a file that an agent names, or why it may not be touched. */
export async function placeOf(folder: string, path: string): Promise<Outcome<string>> {
  if (!isAbsolute(path)) return refused(path, "is not absolute");
  const real = await realPlace(path);
  return isInside(folder, real) ? success(real) : refused(path, "leads outside the folder of the step");
}

function refused<T>(path: string, why: string): Outcome<T> {
  return failed(failure("bad_request", `the file ${path} ${why}`));
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
