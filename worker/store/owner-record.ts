import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { FailureError, failure } from "../../schemas/failure.ts";
import { errorCode } from "./file-system.ts";
import { nextEpoch } from "./owner-epoch.ts";
import { isAlive, pidNamespace, processStart } from "./process-identity.ts";

/** The content of `.planwright/owner.json`. `namespace` and `start` are empty and null where the system has no such thing. */
export const OwnerRecord = z.object({
  host: z.string(),
  namespace: z.string(),
  pid: z.int(),
  start: z.int().nullable(),
  epoch: z.int(),
  heartbeat: z.iso.datetime(),
});
export type OwnerRecord = z.infer<typeof OwnerRecord>;

export interface RecordOptions {
  /** Wall time in milliseconds: hosts compare their clocks by it. */
  readonly now?: () => number;
  readonly heartbeatMs?: number;
  /** Who we are; tests play other hosts. */
  readonly identity?: Pick<OwnerRecord, "host" | "namespace" | "pid" | "start">;
}

const HEARTBEAT_MS = 10_000;
/** A record that has not been refreshed for so long belongs to a dead owner. */
export const LIVE_MS = 30_000;

/** The record of one owner in the workspace: written when the database is opened, refreshed, removed at a clean end. */
export class OwnerRecordKeeper {
  readonly #epochFile: string;
  readonly #now: () => number;
  readonly #heartbeatMs: number;
  readonly #identity: Pick<OwnerRecord, "host" | "namespace" | "pid" | "start">;
  readonly #lost = new AbortController();
  #epoch: number;
  #file: string | null = null;
  #timer: NodeJS.Timeout | null = null;
  #refreshing: Promise<void> = Promise.resolve();

  constructor(epoch: number, epochFile: string, options: RecordOptions) {
    this.#epoch = epoch;
    this.#epochFile = epochFile;
    this.#now = options.now ?? Date.now;
    this.#heartbeatMs = options.heartbeatMs ?? HEARTBEAT_MS;
    this.#identity = options.identity ?? {
      host: hostname(),
      namespace: pidNamespace(),
      pid: process.pid,
      start: processStart(process.pid),
    };
  }

  get epoch(): number {
    return this.#epoch;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async write(directory: string): Promise<void> {
    if (this.#file !== null) return;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const file = join(directory, "owner.json");
    // Every round creates the record exclusively, so of several hosts that find a stale one only one gets through.
    for (let round = 0; round < 5; round += 1) {
      const found = await readRecord(file);
      if (found !== null) {
        if (this.#isLive(found)) throw owned(file, found);
        if (found.epoch >= this.#epoch) this.#epoch = await nextEpoch(this.#epochFile, found.epoch);
      }
      await this.#moveAway(file, found);
      if (await this.#create(file)) {
        this.#file = file;
        this.#timer = setInterval(() => this.#beat(file), this.#heartbeatMs);
        this.#timer.unref();
        return;
      }
    }
    throw owned(file, await readRecord(file));
  }

  /** Removes the record if it is still ours. */
  async remove(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.#refreshing;
    const file = this.#file;
    this.#file = null;
    if (file !== null && this.#isOurs(await readRecord(file))) await rm(file, { force: true });
  }

  #beat(file: string): void {
    this.#refreshing = this.#refreshing.then(() => this.#refresh(file));
  }

  /** Must not reject. A record that cannot be written for a while (a full disk) costs nothing but its freshness. */
  async #refresh(file: string): Promise<void> {
    if (this.#file === null) return;
    try {
      const found = await readRecord(file);
      if (found !== null && !this.#isOurs(found)) {
        if (this.#timer) clearInterval(this.#timer);
        this.#lost.abort(owned(file, found));
        return;
      }
      const draft = `${file}.${this.#identity.pid}.draft`;
      await writeFile(draft, this.#text(), { mode: 0o600 });
      await rename(draft, file);
    } catch {
      // The next beat tries again.
    }
  }

  #isOurs(record: OwnerRecord | null): boolean {
    const { host, namespace, pid, start } = this.#identity;
    return (
      record !== null &&
      record.epoch === this.#epoch &&
      record.host === host &&
      record.namespace === namespace &&
      record.pid === pid &&
      record.start === start
    );
  }

  /** Here the process itself tells; of another host or container only the heartbeat does. */
  #isLive(record: OwnerRecord): boolean {
    const { host, namespace, pid, start } = this.#identity;
    if (record.host === host && record.namespace === namespace) {
      if (record.pid === pid && record.start === start) return false;
      return isAlive(record.pid, record.start);
    }
    return this.#now() - Date.parse(record.heartbeat) < LIVE_MS;
  }

  /** Takes a stale record away, and puts back what is not the record that was judged: another host was faster. */
  async #moveAway(file: string, judged: OwnerRecord | null): Promise<void> {
    const aside = `${file}.${this.#identity.pid}-${this.#epoch}.stale`;
    try {
      await rename(file, aside);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return;
      throw error;
    }
    const moved = await readRecord(aside);
    if (moved !== null && JSON.stringify(moved) !== JSON.stringify(judged)) await rename(aside, file);
    else await rm(aside, { force: true });
  }

  async #create(file: string): Promise<boolean> {
    try {
      await writeFile(file, this.#text(), { flag: "wx", mode: 0o600 });
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    }
  }

  #text(): string {
    const record: OwnerRecord = {
      ...this.#identity,
      epoch: this.#epoch,
      heartbeat: new Date(this.#now()).toISOString(),
    };
    return `${JSON.stringify(record)}\n`;
  }
}

/** Null when there is none, or when it cannot be read as a record: such a file protects nobody. */
async function readRecord(file: string): Promise<OwnerRecord | null> {
  try {
    return OwnerRecord.parse(JSON.parse(await readFile(file, "utf8")));
  } catch {
    return null;
  }
}

function owned(file: string, record: OwnerRecord | null): FailureError {
  const who = record === null ? "another host" : `process ${record.pid} on ${record.host}`;
  const where = record?.namespace ? " (perhaps in a container)" : "";
  return new FailureError(
    failure(
      "database_owned",
      `This workspace is in use by ${who}${where}: two workers would destroy each other's records. ` +
        `Stop it there; if it is already gone, wait ${LIVE_MS / 1_000} seconds (see ${file}).`,
      { details: { host: record?.host ?? null, pid: record?.pid ?? null, epoch: record?.epoch ?? null, file } },
    ),
  );
}
