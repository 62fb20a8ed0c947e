import { chmod, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import path from "node:path";
import { throwFailure } from "../../schemas/failure.ts";
import { cacheFolderPath, folderState, stateFolderPath, type FolderState } from "./state-places.ts";

/**
 * Resolves the folder and creates its state folders, each 0700.
 * Throws FailureError: `not_found` or `unreadable` for the workspace folder, `unreadable` for a state folder that is not ours.
 */
export async function openFolderState(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FolderState> {
  const state = folderState(stateFolderPath(environment), await realFolder(folder), cacheFolderPath(environment));
  await ensurePrivateFolder(state.root);
  for (const child of [state.workerDir, state.approvalsDir]) {
    await ensurePrivateFolder(path.dirname(child));
    await ensurePrivateFolder(child);
  }
  return state;
}

/** The real path of a workspace folder, or FailureError when there is no such folder. */
export async function realFolder(folder: string): Promise<string> {
  try {
    const resolved = await realpath(path.resolve(folder));
    if ((await stat(resolved)).isDirectory()) return resolved;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throwFailure("unreadable", `the folder ${folder} cannot be read: ${messageOf(error)}`);
    }
    throwFailure("not_found", `there is no folder ${folder}: it was moved or deleted, or its path is wrong`);
  }
  throwFailure("not_found", `${folder} is not a folder: give the folder that holds your work`);
}

/**
 * Creates the folder with mode 0700 in the one call that makes it, so that it is never open for a moment.
 * A folder that exists must be ours; permissions that others have on it are taken away.
 */
export async function ensurePrivateFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (process.platform === "win32") return;
    // lstat: a symbolic link in the place of the folder is somebody else's choice of where our secrets go.
    const found = await lstat(folder);
    if (!found.isDirectory())
      throwFailure("unreadable", `${folder} is not a folder: remove it, Planwright keeps its state there`);
    if (found.uid !== userInfo().uid) {
      throwFailure(
        "unreadable",
        `${folder} belongs to another user: remove it or set XDG_STATE_HOME to a folder of yours`,
      );
    }
    // Also covers an umask so strict that even the owner's bits were cleared.
    if ((found.mode & 0o777) !== 0o700) await chmod(folder, 0o700);
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      throwFailure("unreadable", `Planwright cannot keep its state in ${folder}: ${error.message}`);
    }
    throw error;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
