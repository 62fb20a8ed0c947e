import { createHash } from "node:crypto";
import { homedir } from "node:os";
import path from "node:path";

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
  /** What agents may always do there. */
  readonly permissionsFile: string;
  /** Worktrees of coding steps, a folder for each execution: what belongs to no workspace and can be large. */
  readonly worktreesDir: string;
}

/** The places of a folder whose real path is known. Pure. `cache`: the person's cache folder, for whoever uses worktrees. */
export function folderState(root: string, realPath: string, cache: string = root): FolderState {
  const key = folderKey(realPath);
  return {
    folder: realPath,
    key,
    root,
    workerDir: path.join(root, "workers", key),
    approvalsDir: path.join(root, "approvals", key),
    permissionsFile: path.join(root, "permissions", `${key}.json`),
    worktreesDir: path.join(cache, "worktrees", key),
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

/**
 * The person's cache folder: XDG base directories on Linux (a relative `XDG_CACHE_HOME` is ignored), `Library/Caches` on macOS, a folder
 * `Cache` beside the state on Windows.
 */
export function cacheFolderPath(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): string {
  if (platform === "win32") return path.win32.join(stateFolderPath(environment, platform), "Cache");
  const home = environment["HOME"] || homedir();
  const chosen = environment["XDG_CACHE_HOME"];
  if (chosen !== undefined && path.posix.isAbsolute(chosen)) return path.posix.join(chosen, "planwright");
  if (platform === "darwin") return path.posix.join(home, "Library", "Caches", "Planwright");
  return path.posix.join(home, ".cache", "planwright");
}

/** Where the worker of a folder says how to reach it. */
export function recordPath(state: FolderState): string {
  return path.join(state.workerDir, "worker.json");
}
