import { constants } from "node:fs";
import type { SqlJs, SqlJsDatabase } from "sql.js";
import { errorCode, syncDirectory, type FileSystem } from "./file-system.ts";
import { Disk, RealFile } from "./real-file.ts";
import {
  ACCESS_EXISTS,
  DEVICE_CHARACTERISTICS,
  FileControl,
  IO_METHODS_WORDS,
  OpenFlag,
  Result,
  SECTOR_SIZE,
  SYNC_DATA_ONLY,
  VfsOffset,
} from "./sqlite-abi.ts";
import { readVfs, throwUnsupported, type FunctionTable, type OriginalCalls } from "./vfs-layout.ts";
import type { WasmMemory } from "./wasm-memory.ts";
import { dirname } from "node:path";

/** A database file that is open through SQLite. */
export interface OpenFile {
  readonly connection: SqlJsDatabase;
  readonly disk: Disk;
  /** The WAL, once SQLite has opened it. */
  readonly writeAheadLog: () => RealFile | null;
  close(): void;
}

interface Mapping {
  readonly path: string;
  readonly disk: Disk;
  writeAheadLog: RealFile | null;
}

/**
 * Lets an unmodified sql.js work on real files.
 *
 * The first word of `struct sqlite3` is its `sqlite3_vfs*` (https://www.sqlite.org/c3ref/vfs.html). Of that VFS, named `unix` and living on
 * Emscripten's files in memory, `xOpen`, `xDelete` and `xAccess` are replaced: names that are mapped to a real path go to the
 * system, with io_methods of version 1 (https://www.sqlite.org/c3ref/io_methods.html); all others go to the original
 * functions. Version 1 has no shared memory, so WAL needs `locking_mode=EXCLUSIVE` before the first access
 * (https://www.sqlite.org/wal.html#noshm). Locks are no-ops: that there is one owner is the owner lock's promise.
 */
export class SqliteVfs {
  readonly #sql: SqlJs;
  readonly #memory: WasmMemory;
  readonly #original: OriginalCalls;
  readonly #methods: number;
  readonly #mappings = new Map<string, Mapping>();
  readonly #files = new Map<number, { file: RealFile; mapping: Mapping }>();
  #nextId = 1;
  #opening: { mapping: Mapping; name: string | null } | null = null;

  /** Throws a FailureError `database_unsupported` when this sql.js is not laid out as known. Install once for each instance. */
  constructor(sql: SqlJs, memory: WasmMemory, table: FunctionTable) {
    this.#sql = sql;
    this.#memory = memory;
    const probe = new sql.Database(new Uint8Array(0));
    const vfs = memory.readWord(probe.db);
    probe.close();
    this.#original = readVfs(memory, table, vfs);
    this.#methods = this.#makeMethods();
    this.#replaceCalls(vfs);
  }

  /** Opens the database at an absolute path. Nothing is read or created yet beyond the file itself. */
  open(path: string, files: FileSystem): OpenFile {
    const mapping: Mapping = { path, disk: new Disk(files), writeAheadLog: null };
    const opening: { mapping: Mapping; name: string | null } = { mapping, name: null };
    this.#opening = opening;
    let connection: SqlJsDatabase;
    try {
      // An empty file in memory gets the name that sql.js unlinks at close; the content goes to the real file.
      connection = new this.#sql.Database(new Uint8Array(0));
    } catch (error) {
      if (opening.name !== null) this.#mappings.delete(opening.name);
      throw mapping.disk.lastError ?? error;
    } finally {
      this.#opening = null;
    }
    const name = opening.name;
    if (name === null) {
      connection.close();
      return throwUnsupported("opening a database did not reach the file functions");
    }
    return {
      connection,
      disk: mapping.disk,
      writeAheadLog: () => mapping.writeAheadLog,
      close: () => {
        try {
          connection.close();
        } finally {
          this.#mappings.delete(name);
        }
      },
    };
  }

  #makeMethods(): number {
    const memory = this.#memory;
    const known = (pointer: number) => this.#files.get(memory.readWord(pointer + 4));
    const withFile = (
      pointer: number,
      otherwise: number,
      act: (file: RealFile, mapping: Mapping) => number,
    ): number => {
      const entry = known(pointer);
      return entry ? act(entry.file, entry.mapping) : otherwise;
    };
    const calls: [callback: (...words: never[]) => number, signature: string][] = [
      [(pointer: number) => this.#close(pointer), "ii"],
      [
        (pointer: number, into: number, length: number, at: bigint) =>
          withFile(pointer, Result.ioRead, (file) => file.read(memory.bytes, into, length, Number(at))),
        "iiiij",
      ],
      [
        (pointer: number, from: number, length: number, at: bigint) =>
          withFile(pointer, Result.ioWrite, (file) => file.write(memory.bytes, from, length, Number(at))),
        "iiiij",
      ],
      [
        (pointer: number, size: bigint) => withFile(pointer, Result.ioTruncate, (file) => file.truncate(Number(size))),
        "iij",
      ],
      [
        (pointer: number, flags: number) =>
          withFile(pointer, Result.ioSync, (file) => file.sync((flags & SYNC_DATA_ONLY) !== 0)),
        "iii",
      ],
      [
        (pointer: number, out: number) =>
          withFile(pointer, Result.ioFileSize, (file) => {
            const { result, size } = file.size();
            memory.writeLong(out, BigInt(size));
            return result;
          }),
        "iii",
      ],
      [() => Result.ok, "iii"],
      [() => Result.ok, "iii"],
      [
        (_pointer: number, out: number) => {
          memory.writeWord(out, 0);
          return Result.ok;
        },
        "iii",
      ],
      [(pointer: number, operation: number, out: number) => this.#control(pointer, operation, out), "iiii"],
      [() => SECTOR_SIZE, "ii"],
      [() => DEVICE_CHARACTERISTICS, "ii"],
    ];
    const methods = this.#sql._malloc(IO_METHODS_WORDS * 4);
    memory.writeWord(methods, 1);
    calls.forEach(([callback, signature], index) => {
      memory.writeWord(methods + 4 * (index + 1), this.#sql.addFunction(callback, signature));
    });
    return methods;
  }

  #replaceCalls(vfs: number): void {
    const memory = this.#memory;
    const open = (self: number, name: number, pointer: number, flags: number, outFlags: number) =>
      this.#open(self, name, pointer, flags, outFlags);
    const remove = (self: number, name: number, syncsDirectory: number) => this.#delete(self, name, syncsDirectory);
    const access = (self: number, name: number, flags: number, out: number) => this.#access(self, name, flags, out);
    memory.writeWord(vfs + VfsOffset.open, this.#sql.addFunction(open, "iiiiii"));
    memory.writeWord(vfs + VfsOffset.delete, this.#sql.addFunction(remove, "iiii"));
    memory.writeWord(vfs + VfsOffset.access, this.#sql.addFunction(access, "iiiii"));
  }

  #open(self: number, name: number, pointer: number, flags: number, outFlags: number): number {
    const text = name === 0 ? null : absolute(this.#memory.readText(name));
    if (text !== null && this.#opening && (flags & OpenFlag.mainDatabase) !== 0) {
      this.#opening.name = text;
      this.#mappings.set(text, this.#opening.mapping);
    }
    const target = text === null ? null : this.#resolve(text);
    if (target === null) return this.#original.open(self, name, pointer, flags, outFlags);
    this.#memory.writeWord(pointer, 0);
    const { mapping, path } = target;
    const opened = openReal(mapping.disk, path, flags);
    if (opened === null) return Result.cannotOpen;
    const writeAheadLog = (flags & OpenFlag.writeAheadLog) !== 0;
    const file = new RealFile(mapping.disk, path, opened.descriptor, { writeAheadLog, created: opened.created });
    if (writeAheadLog) mapping.writeAheadLog = file;
    const id = this.#nextId++;
    this.#files.set(id, { file, mapping });
    this.#memory.writeWord(pointer + 4, id);
    this.#memory.writeWord(pointer, this.#methods);
    if (outFlags !== 0) this.#memory.writeWord(outFlags, flags);
    return Result.ok;
  }

  #close(pointer: number): number {
    const id = this.#memory.readWord(pointer + 4);
    const entry = this.#files.get(id);
    if (!entry) return Result.ok;
    this.#files.delete(id);
    this.#memory.writeWord(pointer, 0);
    if (entry.mapping.writeAheadLog === entry.file) entry.mapping.writeAheadLog = null;
    return entry.file.close();
  }

  #control(pointer: number, operation: number, out: number): number {
    const entry = this.#files.get(this.#memory.readWord(pointer + 4));
    if (!entry) return Result.notFound;
    if (operation === FileControl.hasMoved) {
      this.#memory.writeWord(out, entry.file.hasMoved() ? 1 : 0);
      return Result.ok;
    }
    // A transaction that rewrote frames of its own ends with a header alone; this is SQLite's word that it is over.
    if (operation === FileControl.commitPhaseTwo) return entry.mapping.writeAheadLog?.finishCommit() ?? Result.ok;
    return Result.notFound;
  }

  #delete(self: number, name: number, syncsDirectory: number): number {
    const target = this.#resolve(absolute(this.#memory.readText(name)));
    if (target === null) return this.#original.delete(self, name, syncsDirectory);
    const { disk } = target.mapping;
    if (!disk.writable) return Result.ioDelete;
    try {
      disk.files.unlinkSync(target.path);
      if (syncsDirectory !== 0) syncDirectory(disk.files, dirname(target.path));
      return Result.ok;
    } catch (error) {
      return errorCode(error) === "ENOENT" ? Result.ioDeleteNoEntry : disk.refuse(error, Result.ioDelete);
    }
  }

  #access(self: number, name: number, flags: number, out: number): number {
    const target = this.#resolve(absolute(this.#memory.readText(name)));
    if (target === null) return this.#original.access(self, name, flags, out);
    const { disk } = target.mapping;
    let answer = false;
    try {
      // An empty file does not count as existing: SQLite's own unix VFS does so too, because such a journal holds nothing.
      if (flags === ACCESS_EXISTS) answer = disk.files.statSync(target.path).size > 0;
      else {
        disk.files.accessSync(target.path, constants.R_OK | constants.W_OK);
        answer = true;
      }
    } catch (error) {
      if (errorCode(error) !== "ENOENT" && flags === ACCESS_EXISTS) return disk.refuse(error, Result.ioAccess);
    }
    this.#memory.writeWord(out, answer ? 1 : 0);
    return Result.ok;
  }

  #resolve(name: string): { mapping: Mapping; path: string } | null {
    const direct = this.#mappings.get(name);
    if (direct) return { mapping: direct, path: direct.path };
    const sibling = /^(.*)(-journal|-wal)$/.exec(name);
    const mapping = sibling?.[1] === undefined ? undefined : this.#mappings.get(sibling[1]);
    return mapping && sibling?.[2] ? { mapping, path: mapping.path + sibling[2] } : null;
  }
}

function openReal(disk: Disk, path: string, flags: number): { descriptor: number; created: boolean } | null {
  const { files } = disk;
  const writes = (flags & OpenFlag.readWrite) !== 0;
  const creates = (flags & OpenFlag.create) !== 0;
  const creation = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  try {
    if (creates && (flags & OpenFlag.exclusive) !== 0) {
      return { descriptor: files.openSync(path, creation, 0o600), created: true };
    }
    try {
      return { descriptor: files.openSync(path, writes ? constants.O_RDWR : constants.O_RDONLY), created: false };
    } catch (error) {
      if (errorCode(error) !== "ENOENT" || !creates) throw error;
      return { descriptor: files.openSync(path, creation, 0o600), created: true };
    }
  } catch (error) {
    disk.refuse(error, Result.cannotOpen);
    return null;
  }
}

/** sql.js names its files relative to the root of its files in memory; SQLite asks with and without the slash. */
function absolute(name: string): string {
  return name.startsWith("/") ? name : `/${name}`;
}
