import { constants } from "node:fs";
import { lstat, open, realpath, type FileHandle } from "node:fs/promises";
import { resolve } from "node:path";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";
import { isInside } from "./workspace-path.ts";

/** The last bytes of a file of the workspace, symbolic links followed as far as they stay inside (SEC15). */
export async function readInside(
  path: string,
  { folder, cwd }: { readonly folder: string; readonly cwd: string },
  most: number,
): Promise<Outcome<Buffer>> {
  const problem = (why: string): Outcome<Buffer> => failed(failure("output_missing", `the file "${path}" ${why}`));
  const wanted = resolve(cwd, path);
  const real = await realpath(wanted).catch(() => null);
  if (!isInside(folder, real ?? wanted)) return problem("leads outside the workspace");
  if (real === null) return problem("does not exist after the step");
  try {
    const handle = await openInside(real, folder);
    try {
      const { size } = await handle.stat();
      const bytes = Buffer.alloc(Math.min(size, most));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
      return success(bytes.subarray(0, bytesRead));
    } finally {
      await handle.close();
    }
  } catch (error) {
    return problem(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Opens a file by its real path. It is opened first and looked at again afterwards: the path may be exchanged for a link that leads
 * elsewhere in between. Rejects when it is no file of the folder any more.
 */
export async function openInside(file: string, folder: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const [opened, there] = [await handle.stat(), await lstat(await realpath(file))];
    const isSame = opened.ino === there.ino && opened.dev === there.dev;
    if (opened.isFile() && isSame && isInside(folder, await realpath(file))) return handle;
    throw new Error(opened.isFile() ? "it changed while it was read" : "it is no file");
  } catch (error) {
    await handle.close();
    throw error;
  }
}
