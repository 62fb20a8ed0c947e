import { createHash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FailureError, failure } from "../../schemas/failure.ts";
import { nextEpoch } from "./owner-epoch.ts";
import { OwnerRecordKeeper, type RecordOptions } from "./owner-record.ts";
import { askOwner, listenAsOwner, type OwnerSocket } from "./owner-socket.ts";

export interface OwnerOptions extends RecordOptions {
  readonly platform?: NodeJS.Platform;
}

/** Being the only worker of a workspace folder. It ends with `release`, or by itself with the process. */
export interface Owner {
  /** The fencing number: greater by one or more than that of every earlier owner of the folder. */
  readonly epoch: number;
  readonly since: string;
  /** Aborted when the record shows another owner, as after a long sleep: then nothing may be written any more. */
  readonly lost: AbortSignal;
  /**
   * Makes the ownership visible to other hosts and containers, in `owner.json` of a directory, and keeps it fresh.
   * To be called before the database is opened; until then nothing is written to the workspace.
   * Throws FailureError `database_owned` when a live owner elsewhere has the directory.
   */
  writeRecord(directory: string): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes the workspace folder for this process, or throws FailureError `worker_busy` with `details.pid` of the process that has it.
 * What decides is a socket that the system takes away with the process, so no stale lock can remain on Linux and Windows.
 * `stateDir` is the person's state folder; it keeps the fencing number.
 */
export async function acquireOwner(folder: string, stateDir: string, options: OwnerOptions = {}): Promise<Owner> {
  const platform = options.platform ?? process.platform;
  const key = await folderKey(folder, platform);
  const since = new Date(options.now?.() ?? Date.now()).toISOString();
  const socket = await takeSocket(socketAddress(key, platform), folder, { pid: process.pid, since });
  try {
    const epochFile = join(stateDir, `owner-${key}.json`);
    const keeper = new OwnerRecordKeeper(await nextEpoch(epochFile, 0), epochFile, options);
    socket.announce(() => ({ pid: process.pid, since, epoch: keeper.epoch }));
    return {
      get epoch() {
        return keeper.epoch;
      },
      since,
      lost: keeper.lost,
      writeRecord: (directory) => keeper.write(directory),
      release: async () => {
        try {
          await keeper.remove();
        } finally {
          await socket.close();
        }
      },
    };
  } catch (error) {
    await socket.close();
    throw error;
  }
}

async function takeSocket(address: string, folder: string, own: { pid: number; since: string }): Promise<OwnerSocket> {
  // The owner may leave between our attempt to listen and our question; then the next attempt decides.
  for (let round = 0; round < 40; round += 1) {
    const socket = await listenAsOwner(address, { ...own, epoch: 0 });
    if (socket !== null) return socket;
    const other = await askOwner(address);
    if (other.kind === "gone") continue;
    throw busy(folder, other.kind === "owner" ? other.owner : null);
  }
  throw busy(folder, null);
}

function busy(folder: string, owner: { pid: number; since: string; epoch: number } | null): FailureError {
  const who = owner === null ? "another process, which does not answer" : `process ${owner.pid}, since ${owner.since}`;
  return new FailureError(
    failure("worker_busy", `The folder ${folder} already has a worker: ${who}. Connect to it, or stop it first.`, {
      details: { pid: owner?.pid ?? null, since: owner?.since ?? null, epoch: owner?.epoch ?? null, folder },
    }),
  );
}

/** One key for one folder, by whatever path it is reached. */
async function folderKey(folder: string, platform: NodeJS.Platform): Promise<string> {
  const path = await realpath(folder);
  const { dev, ino } = await stat(path, { bigint: true });
  const identity = platform === "win32" ? path.toLowerCase() : `${dev}:${ino}`;
  return createHash("sha256").update(`planwright owner ${identity}`).digest("hex").slice(0, 32);
}

/**
 * Linux: a name in the abstract namespace (unix(7)), which has no file. Windows: a named pipe. Elsewhere: a socket file in the
 * person's temporary folder, because paths of sockets may have only about 100 characters.
 */
function socketAddress(key: string, platform: NodeJS.Platform): string {
  if (platform === "win32") return `\\\\.\\pipe\\planwright-${key}`;
  if (platform === "linux") return `\0planwright-${key}`;
  return join(tmpdir(), `planwright-${key}.sock`);
}
