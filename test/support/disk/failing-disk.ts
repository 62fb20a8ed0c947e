import { constants } from "node:fs";
import { nodeFileSystem, type FileSystem } from "../../../worker/store/file-system.ts";
import { filesWithoutSync } from "./recorded-disk.ts";

export type DiskCall = "create" | "write" | "truncate" | "unlink" | "sync";

/** What goes wrong at a call; null: nothing. */
export type Verdict = "ENOSPC" | "EIO" | null;

/**
 * A disk whose calls fail when `judge` says so. It is asked before every call that changes something or makes it durable, with the
 * call's number. A write that fails may have written half of its bytes, as a real one may.
 */
export function failingFiles(judge: (call: number, kind: DiskCall) => Verdict): FileSystem {
  let calls = 0;
  const failureOf = (kind: DiskCall): Error | null => {
    const code = judge((calls += 1), kind);
    return code && Object.assign(new Error(`${code}: made up by a test`), { code });
  };
  const check = (kind: DiskCall): void => {
    const failure = failureOf(kind);
    if (failure) throw failure;
  };
  return {
    ...nodeFileSystem,
    openSync: (path, flags, mode) => {
      if ((flags & constants.O_CREAT) !== 0) check("create");
      return nodeFileSystem.openSync(path, flags, mode);
    },
    writeSync: (descriptor, from, offset, length, position) => {
      const failure = failureOf("write");
      if (!failure) return nodeFileSystem.writeSync(descriptor, from, offset, length, position);
      if (calls % 2 === 0) nodeFileSystem.writeSync(descriptor, from, offset, length >> 1, position);
      throw failure;
    },
    ftruncateSync: (descriptor, size) => {
      check("truncate");
      nodeFileSystem.ftruncateSync(descriptor, size);
    },
    unlinkSync: (path) => {
      check("unlink");
      nodeFileSystem.unlinkSync(path);
    },
    fsyncSync: () => check("sync"),
    fdatasyncSync: () => check("sync"),
    fdatasync: (descriptor, done) => {
      const failure = failureOf("sync");
      if (failure) setImmediate(() => done(failure));
      else filesWithoutSync.fdatasync(descriptor, done);
    },
  };
}
