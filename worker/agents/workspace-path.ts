import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";

/** Real path of a step's working folder. It must exist and stay inside the workspace, symbolic links followed. */
export async function workingFolder(folder: string, cwd: string | null): Promise<Outcome<string>> {
  if (cwd === null) return success(folder);
  const wanted = resolve(folder, cwd);
  if (!isInside(folder, wanted)) return failed(failure("bad_spec", outsideText(cwd)));
  const real = await realpath(wanted).catch(() => null);
  if (real === null) {
    return failed(
      failure(
        "not_found",
        `the working folder "${cwd}" does not exist: create it in an earlier task, or correct "cwd"`,
      ),
    );
  }
  if (!isInside(folder, real)) return failed(failure("bad_spec", outsideText(cwd)));
  const isFolder = await stat(real).then(
    (found) => found.isDirectory(),
    () => false,
  );
  return isFolder
    ? success(real)
    : failed(failure("bad_spec", `the working folder "${cwd}" is not a folder: correct "cwd"`));
}

/** Whether a path is the folder or lies in it. Both must be absolute; nothing is read. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** The path of something in the workspace as artifacts show it: relative, with `/`. */
export function workspacePath(folder: string, ...parts: string[]): string {
  return (
    relative(folder, join(...parts))
      .split(sep)
      .join("/") || "."
  );
}

function outsideText(cwd: string): string {
  return `the working folder "${cwd}" leads outside the workspace: name a folder inside it`;
}
