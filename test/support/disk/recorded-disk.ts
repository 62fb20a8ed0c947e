import { constants } from "node:fs";
import { dirname } from "node:path";
import { nodeFileSystem, type FileSystem } from "../../../worker/store/file-system.ts";

/** One thing that the store did to its disk, or that it said to others (`mark`), in order. */
export type DiskEntry<Mark> =
  | { readonly kind: "create"; readonly path: string; readonly file: number }
  | { readonly kind: "unlink"; readonly path: string }
  | { readonly kind: "write"; readonly file: number; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "truncate"; readonly file: number; readonly size: number }
  /** What stands before entry `upTo` of the file, or of the names in the folder, is on the disk for good. */
  | { readonly kind: "synced"; readonly file: number; readonly upTo: number }
  | { readonly kind: "names-synced"; readonly folder: string; readonly upTo: number }
  | { readonly kind: "mark"; readonly mark: Mark };

/** For what a test only looks at: as the real files, but nothing waits for the disk. */
export const filesWithoutSync: FileSystem = {
  ...nodeFileSystem,
  fsyncSync: () => undefined,
  fdatasyncSync: () => undefined,
  fdatasync: (_descriptor, done) => setImmediate(() => done(null)),
};

interface OpenedFile {
  readonly path: string;
  readonly file: number | null;
}

/**
 * The disk under a store, which remembers every call that changes it. Calls reach the real files, so that the store can be opened again,
 * but no sync does: what a sync is worth is for the reader of the record to say. A sync in a thread lasts one turn of the event loop,
 * in which the store may write more; as with a real one, that is not part of it.
 */
export class RecordedDisk<Mark> {
  readonly entries: DiskEntry<Mark>[] = [];
  readonly #opened = new Map<number, OpenedFile>();
  readonly #names = new Map<string, number>();
  #files = 0;

  /** Notes what was said to others, at its place among the calls. */
  mark(mark: Mark): void {
    this.entries.push({ kind: "mark", mark });
  }

  readonly files: FileSystem = {
    ...nodeFileSystem,
    openSync: (path, flags, mode) => {
      const descriptor = nodeFileSystem.openSync(path, flags, mode);
      if ((flags & constants.O_CREAT) !== 0) {
        const file = (this.#files += 1);
        this.#names.set(path, file);
        this.entries.push({ kind: "create", path, file });
      }
      this.#opened.set(descriptor, { path, file: this.#names.get(path) ?? null });
      return descriptor;
    },
    closeSync: (descriptor) => {
      this.#opened.delete(descriptor);
      nodeFileSystem.closeSync(descriptor);
    },
    writeSync: (descriptor, from, offset, length, position) => {
      const written = nodeFileSystem.writeSync(descriptor, from, offset, length, position);
      const bytes = from.slice(offset, offset + written);
      this.entries.push({ kind: "write", file: this.#fileOf(descriptor), at: position, bytes });
      return written;
    },
    ftruncateSync: (descriptor, size) => {
      nodeFileSystem.ftruncateSync(descriptor, size);
      this.entries.push({ kind: "truncate", file: this.#fileOf(descriptor), size });
    },
    fsyncSync: (descriptor) => this.#synced(descriptor, this.entries.length),
    fdatasyncSync: (descriptor) => this.#synced(descriptor, this.entries.length),
    fdatasync: (descriptor, done) => {
      const upTo = this.entries.length;
      setImmediate(() => {
        this.#synced(descriptor, upTo);
        done(null);
      });
    },
    unlinkSync: (path) => {
      nodeFileSystem.unlinkSync(path);
      this.#names.delete(path);
      this.entries.push({ kind: "unlink", path });
    },
  };

  #synced(descriptor: number, upTo: number): void {
    const opened = this.#opened.get(descriptor);
    if (!opened) throw new Error("a file was synced that is not open");
    if (opened.file === null) this.entries.push({ kind: "names-synced", folder: opened.path, upTo });
    else this.entries.push({ kind: "synced", file: opened.file, upTo });
  }

  #fileOf(descriptor: number): number {
    const file = this.#opened.get(descriptor)?.file ?? null;
    if (file === null) throw new Error("a file was changed that was there before the record began");
    return file;
  }
}

/** Whether a call changes the disk, so that a process can be killed before, after or during it. */
export function isChange<Mark>(entry: DiskEntry<Mark>): boolean {
  return entry.kind === "write" || entry.kind === "truncate" || entry.kind === "create" || entry.kind === "unlink";
}

/** The folder whose names an entry changes. */
export function folderOf(entry: { readonly path: string }): string {
  return dirname(entry.path);
}
