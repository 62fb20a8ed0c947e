import { createHash } from "node:crypto";
import { chmod, lstat, mkdir, realpath, stat } from "node:fs/promises";
import { homedir, userInfo } from "node:os";
import path from "node:path";
import { throwFailure } from "../../schemas/failure.ts";

/** Where the person's state about one workspace folder lives. Nothing of it is in the workspace (semantics, Approval). */
export interface FolderState {
  /** The real path of the workspace folder. */
  readonly folder: string;
  readonly key: string;
  readonly root: string;
  /** Holds `worker.json`, the owner record and the worker's own log. */
  readonly workerDir: string;
  /** Approvals and accepted hashes, one file each. */
  readonly approvalsDir: string;
}

/**
 * Resolves the folder and creates its state folders, each 0700.
 * Throws FailureError: `not_found` or `unreadable` for the workspace folder, `unreadable` for a state folder that is not ours.
 */
export async function openFolderState(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<FolderState> {
  const state = folderState(stateFolderPath(environment), await realFolder(folder));
  await ensurePrivateFolder(state.root);
  for (const child of [state.workerDir, state.approvalsDir]) {
    await ensurePrivateFolder(path.dirname(child));
    await ensurePrivateFolder(child);
  }
  return state;
}

/** The places of a folder whose real path is known. Pure. */
export function folderState(root: string, realPath: string): FolderState {
  const key = folderKey(realPath);
  return {
    folder: realPath,
    key,
    root,
    workerDir: path.join(root, "workers", key),
    approvalsDir: path.join(root, "approvals", key),
  };
}

/** A file name for a folder: 128 bits of the SHA-256 of its real path. */
export function folderKey(realPath: string): string {
  return createHash("sha256").update(realPath).digest("hex").slice(0, 32);
}

/**
 * The person's state folder: XDG base directories on Linux (a relative `XDG_STATE_HOME` is ignored, as that
 * specification demands), `Library/Application Support` on macOS, `%LOCALAPPDATA%` on Windows.
 */
export function stateFolderPath(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  const home = environment["HOME"] || homedir();
  if (platform === "win32") {
    return path.win32.join(
      environment["LOCALAPPDATA"] || path.win32.join(environment["USERPROFILE"] || homedir(), "AppData", "Local"),
      "Planwright",
    );
  }
  const chosen = environment["XDG_STATE_HOME"];
  if (chosen !== undefined && path.posix.isAbsolute(chosen)) return path.posix.join(chosen, "planwright");
  if (platform === "darwin") return path.posix.join(home, "Library", "Application Support", "Planwright");
  return path.posix.join(home, ".local", "state", "planwright");
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
    throwFailure("not_found", `there is no folder ${folder}: check the path given with --workspace`);
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
