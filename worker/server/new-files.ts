import { lstat, mkdir, realpath, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { wayInside } from "./way-inside.ts";
import { throwWriteFailure } from "./write-failure.ts";

/** A file to write; `path` is inside the workspace, with `/`. */
export interface NewFile {
  readonly path: string;
  readonly text: string;
}

/** Writes files that are not there yet: all or none. Throws `bad_request` where one is there, `unreadable` where it cannot be written. */
export async function writeNewFiles(folder: string, files: readonly NewFile[]): Promise<void> {
  for (const { path } of files) await requireFree(folder, path);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const { path, text } of files) {
      const target = join(folder, path);
      await makeFolder(dirname(target), undo);
      await writeFile(target, text, { flag: "wx" });
      undo.push(() => rm(target, { force: true }));
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => undefined);
    const what = `nothing was written: ${files.map(({ path }) => path).join(", ")} cannot be created`;
    throwWriteFailure(error, what, "give yourself the right to write there, or choose another folder");
  }
}

/** Throws unless there is nothing at the path, and what is above it stays inside the workspace. */
async function requireFree(folder: string, path: string): Promise<void> {
  const target = join(folder, path);
  if (await lstat(target).catch(() => null)) {
    throwFailure("bad_request", `${path} is there already, and nothing was written: choose another name or folder`);
  }
  for (let above = dirname(target); above.startsWith(`${folder}${sep}`); above = dirname(above)) {
    const real = await realpath(above).catch(() => null);
    if (real === null) continue;
    if (wayInside(folder, real) !== null) return;
    throwFailure("bad_request", `${relative(folder, above)} leads out of the workspace: choose another folder`);
  }
}

async function makeFolder(path: string, undo: (() => Promise<void>)[]): Promise<void> {
  const first = await mkdir(path, { recursive: true });
  if (first === undefined) return;
  // From the deepest one upwards to the first that was made; what somebody put into them meanwhile stays.
  undo.push(async () => {
    for (let at = path; at.startsWith(first); at = dirname(at)) await rmdir(at);
  });
}
