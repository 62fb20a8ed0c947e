import * as fs from "node:fs";

/** The calls through which SQLite reaches the disk. Tests hand in a version that fails on purpose. */
export interface FileSystem {
  openSync(path: string, flags: number, mode?: number): number;
  closeSync(descriptor: number): void;
  readSync(descriptor: number, into: Uint8Array, offset: number, length: number, position: number): number;
  writeSync(descriptor: number, from: Uint8Array, offset: number, length: number, position: number): number;
  ftruncateSync(descriptor: number, size: number): void;
  fsyncSync(descriptor: number): void;
  fdatasyncSync(descriptor: number): void;
  fdatasync(descriptor: number, done: (error: Error | null) => void): void;
  fstatSync(descriptor: number): { size: number; nlink: number };
  statSync(path: string): { size: number };
  accessSync(path: string, mode: number): void;
  unlinkSync(path: string): void;
}

export const nodeFileSystem: FileSystem = fs;

/** The `code` of a system error, such as `ENOENT`, or null. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

/** Makes the names in a directory durable. A system that cannot sync a directory (Windows) keeps them by its own means. */
export function syncDirectory(files: FileSystem, directory: string): void {
  let descriptor: number;
  try {
    descriptor = files.openSync(directory, fs.constants.O_RDONLY);
  } catch {
    return;
  }
  try {
    files.fsyncSync(descriptor);
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EPERM" && code !== "EINVAL" && code !== "ENOTSUP") throw error;
  } finally {
    files.closeSync(descriptor);
  }
}
