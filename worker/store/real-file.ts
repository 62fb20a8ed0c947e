import { dirname } from "node:path";
import { Result, WAL_FRAME_COMMIT_OFFSET, WAL_FRAME_HEADER } from "./sqlite-abi.ts";
import { errorCode, syncDirectory, type FileSystem } from "./file-system.ts";

/** Longest run of WAL bytes that is gathered into one write. */
const GATHER_BYTES = 256 * 1024;

/** By how much a WAL grows at a time. */
const GROW_BYTES = { least: 64 * 1024, most: 256 * 1024 } as const;

const QUICK_SYNC_MS = 0.3;
/** While a disk is slow, one sync in so many is made in place to see whether it still is: at first, and at most. */
const PROBES = { first: 4, most: 64 } as const;
/** Longer syncs count as so long, so that it takes two in a row to make a quick disk a slow one. */
const OUTLIER_MS = 1;

/**
 * The disk as one open database sees it: shared by its main file, journal and WAL.
 *
 * After a failed sync nobody knows which pages reached the disk, and a second sync would report success without having
 * written them (https://wiki.postgresql.org/wiki/Fsync_Errors). So the first failed sync is kept for good: every later write
 * and sync fails, nothing more is acknowledged, and the next opening recovers from what is really on disk.
 */
export class Disk {
  readonly files: FileSystem;
  /** Why the last failed call failed; SQLite itself knows only a number. */
  lastError: Error | null = null;
  syncFailure: Error | null = null;
  /** When set, nothing more is changed on disk, also not by SQLite's tidying at close. */
  abandoned = false;

  constructor(files: FileSystem) {
    this.files = files;
  }

  get writable(): boolean {
    return this.syncFailure === null && !this.abandoned;
  }

  /** Keeps the reason and answers with what SQLite should hear: a full disk, or `otherwise`. */
  refuse(error: unknown, otherwise: number): number {
    this.lastError = error instanceof Error ? error : new Error(String(error));
    const code = errorCode(error);
    return code === "ENOSPC" || code === "EDQUOT" ? Result.full : otherwise;
  }

  failSync(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    this.lastError = reason;
    this.syncFailure ??= reason;
  }
}

/**
 * One open file of a database, behind the io_methods of SQLite. Every method returns a SQLite result code and never throws,
 * because an exception must not cross the WebAssembly frames.
 *
 * The frames of a WAL transaction are gathered and written by one call, made while SQLite writes the page of the commit
 * frame: when the disk is full it is that write that fails, so SQLite rolls the transaction back.
 */
export class RealFile {
  readonly path: string;
  readonly #disk: Disk;
  readonly #descriptor: number;
  readonly #gathered: Uint8Array | null;
  #gatheredLength = 0;
  #gatheredAt = 0;
  #commits = false;
  #writes = 0;
  #synced = 0;
  #directoryDirty: boolean;
  #end = 0;
  /** How far the file reaches, as far as it is known. */
  #length = 0;
  #meanSync = 0;
  #untilProbe: number = PROBES.first;
  #probeGap: number = PROBES.first;

  constructor(disk: Disk, path: string, descriptor: number, more: { writeAheadLog: boolean; created: boolean }) {
    this.path = path;
    this.#disk = disk;
    this.#descriptor = descriptor;
    this.#gathered = more.writeAheadLog ? new Uint8Array(GATHER_BYTES) : null;
    this.#directoryDirty = more.created;
  }

  /** Where the last write ended: for a WAL, how much of it is in use. */
  get end(): number {
    return this.#end;
  }

  /** True when a WAL has so little room left that it will soon have to grow while somebody waits. */
  get isCramped(): boolean {
    return this.#gathered !== null && this.#end > 0 && this.#length - this.#end < this.#growth / 2;
  }

  /** True when everything that was written has been synced. */
  get isSynced(): boolean {
    return this.#gatheredLength === 0 && this.#synced === this.#writes && !this.#directoryDirty;
  }

  read(into: Uint8Array, address: number, length: number, position: number): number {
    try {
      this.#flush();
      let done = 0;
      while (done < length) {
        const count = this.#disk.files.readSync(this.#descriptor, into, address + done, length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      if (done === length) return Result.ok;
      into.fill(0, address + done, address + length);
      return Result.ioShortRead;
    } catch (error) {
      return this.#disk.refuse(error, Result.ioRead);
    }
  }

  write(from: Uint8Array, address: number, length: number, position: number): number {
    if (!this.#disk.writable) return Result.ioWrite;
    try {
      if (this.#gathered === null || length > this.#gathered.length) {
        this.#flush();
        this.#writeOut(from, address, length, position);
      } else {
        this.#gather(this.#gathered, from, address, length, position);
      }
      return Result.ok;
    } catch (error) {
      // SQLite hears of it and rolls its transaction back; what was gathered will be written anew.
      this.#gatheredLength = 0;
      this.#commits = false;
      return this.#disk.refuse(error, Result.ioWrite);
    }
  }

  truncate(size: number): number {
    if (!this.#disk.writable) return Result.ioTruncate;
    try {
      this.#flush();
      this.#writes += 1;
      this.#disk.files.ftruncateSync(this.#descriptor, size);
      this.#end = Math.min(this.#end, size);
      this.#length = size;
      return Result.ok;
    } catch (error) {
      return this.#disk.refuse(error, Result.ioTruncate);
    }
  }

  sync(dataOnly: boolean): number {
    if (!this.#disk.writable) return Result.ioSync;
    try {
      this.#flush();
    } catch (error) {
      return this.#disk.refuse(error, Result.ioSync);
    }
    if (this.isSynced) return Result.ok;
    const upTo = this.#writes;
    try {
      if (dataOnly) this.#disk.files.fdatasyncSync(this.#descriptor);
      else this.#disk.files.fsyncSync(this.#descriptor);
      this.#syncName();
      this.#synced = Math.max(this.#synced, upTo);
      return Result.ok;
    } catch (error) {
      this.#disk.failSync(error);
      return Result.ioSync;
    }
  }

  /**
   * Resolves when everything written before the call is on disk. Rejects with the system's error, and from then on always.
   * A thread makes the sync, so that a slow disk does not hold up anything else. Where syncs are quick they are made in place,
   * because the way to a thread and back can take several times as long; what it takes there says nothing about the disk.
   */
  async makeDurable(): Promise<void> {
    if (this.#disk.syncFailure) throw this.#disk.syncFailure;
    if (this.isSynced) return;
    let upTo: number;
    try {
      this.#flush();
      upTo = this.#writes;
      if (this.#untilProbe > 0) {
        this.#untilProbe -= 1;
        await this.#syncInThread();
      } else this.#syncInPlace();
      this.#syncName();
    } catch (error) {
      this.#disk.failSync(error);
      throw error;
    }
    this.#synced = Math.max(this.#synced, upTo);
  }

  size(): { result: number; size: number } {
    try {
      this.#flush();
      return { result: Result.ok, size: this.#disk.files.fstatSync(this.#descriptor).size };
    } catch (error) {
      return { result: this.#disk.refuse(error, Result.ioFileSize), size: 0 };
    }
  }

  /** True when the file has lost its name, or when it must be left as it is: SQLite then closes it without a checkpoint. */
  hasMoved(): boolean {
    if (!this.#disk.writable) return true;
    try {
      return this.#disk.files.fstatSync(this.#descriptor).nlink === 0;
    } catch {
      return true;
    }
  }

  /** Writes out what a commit left behind. A failure here comes after SQLite has committed, so it counts as a failed sync. */
  finishCommit(): number {
    try {
      this.#flush();
      return Result.ok;
    } catch (error) {
      this.#disk.failSync(error);
      return Result.ioWrite;
    }
  }

  close(): number {
    const flushed = this.#disk.writable ? this.finishCommit() : Result.ok;
    try {
      this.#disk.files.closeSync(this.#descriptor);
    } catch (error) {
      return flushed === Result.ok ? this.#disk.refuse(error, Result.ioClose) : flushed;
    }
    return flushed;
  }

  #gather(buffer: Uint8Array, from: Uint8Array, address: number, length: number, position: number): void {
    const follows = this.#gatheredAt + this.#gatheredLength === position;
    if (this.#gatheredLength > 0 && (!follows || this.#gatheredLength + length > buffer.length)) this.#flush();
    if (this.#gatheredLength === 0) this.#gatheredAt = position;
    buffer.set(from.subarray(address, address + length), this.#gatheredLength);
    this.#gatheredLength += length;
    if (length === WAL_FRAME_HEADER) {
      const mark = address + WAL_FRAME_COMMIT_OFFSET;
      this.#commits = (from[mark] || from[mark + 1] || from[mark + 2] || from[mark + 3]) !== 0;
    } else if (this.#commits) {
      this.#flush();
    }
  }

  /** Writes out what was gathered, and keeps it when that fails: only SQLite's own writes may fail a transaction. */
  #flush(): void {
    if (this.#gatheredLength === 0 || this.#gathered === null) return;
    this.#writeOut(this.#gathered, 0, this.#gatheredLength, this.#gatheredAt);
    this.#gatheredLength = 0;
    this.#commits = false;
  }

  #writeOut(from: Uint8Array, address: number, length: number, position: number): void {
    this.#writes += 1;
    let done = 0;
    while (done < length) {
      const count = this.#disk.files.writeSync(this.#descriptor, from, address + done, length - done, position + done);
      if (count <= 0) throw new Error(`${this.path}: the system wrote ${count} of ${length - done} bytes`);
      done += count;
    }
    this.#end = position + length;
    if (this.#gathered !== null && this.#end >= this.#length) this.#grow();
  }

  #syncInPlace(): void {
    const start = performance.now();
    this.#disk.files.fdatasyncSync(this.#descriptor);
    this.#meanSync += (Math.min(performance.now() - start, OUTLIER_MS) - this.#meanSync) / 4;
    if (this.#meanSync < QUICK_SYNC_MS) this.#probeGap = PROBES.first;
    else {
      this.#untilProbe = this.#probeGap;
      this.#probeGap = Math.min(this.#probeGap * 2, PROBES.most);
    }
  }

  #syncInThread(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#disk.files.fdatasync(this.#descriptor, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Gives a WAL more room, and says whether it could. The next sync has that to do, too, so call it when nobody waits, and sync. */
  makeRoom(): boolean {
    if (!this.#disk.writable) return false;
    const before = this.#length;
    this.#grow();
    if (this.#length <= before) return false;
    this.#writes += 1;
    return true;
  }

  get #growth(): number {
    return Math.min(Math.max(this.#end, GROW_BYTES.least), GROW_BYTES.most);
  }

  /**
   * Fills the WAL with zeros behind all that was written. A sync that need not record a new length of the file takes half the time,
   * and to SQLite zeros are no frames. That it fails, as on a full disk, makes no difference but the time.
   */
  #grow(): void {
    const from = Math.max(this.#length, this.#end);
    const more = this.#growth;
    try {
      this.#length = from + this.#disk.files.writeSync(this.#descriptor, new Uint8Array(more), 0, more, from);
    } catch {
      this.#length = from;
    }
  }

  #syncName(): void {
    if (!this.#directoryDirty) return;
    syncDirectory(this.#disk.files, dirname(this.path));
    this.#directoryDirty = false;
  }
}
