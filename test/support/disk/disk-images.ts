import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { folderOf, type DiskEntry } from "./recorded-disk.ts";

/** What disks write at once; a write of several sectors may arrive in part and in any order (https://www.sqlite.org/psow.html). */
const SECTOR = 512;

/** A file while its image is made. */
interface Draft {
  bytes: Uint8Array;
  length: number;
}

type Names = Map<string, number>;

/** The files that are there after the first `count` entries, with `partly` bytes of the next one if it is a write: a process was killed. */
export function imageAfterKill<Mark>(entries: readonly DiskEntry<Mark>[], count: number, partly = 0): DiskImage {
  const image = new DiskImage();
  for (const entry of entries.slice(0, count)) image.apply(entry);
  const next = entries[count];
  if (partly > 0 && next?.kind === "write") image.apply({ ...next, bytes: next.bytes.subarray(0, partly) });
  return image;
}

/**
 * The files that a loss of power may leave after the first `count` entries. What a file's last sync covers is there. Of what came after
 * it, each sector of each write and each new length may be on the disk or not. Of the names that no sync of their folder covers, the
 * first ones are there and the others are not, as with a file system that keeps a journal. `chance` gives numbers in [0, 1).
 */
export function imageAfterPowerLoss<Mark>(
  entries: readonly DiskEntry<Mark>[],
  count: number,
  chance: () => number,
): DiskImage {
  const before = entries.slice(0, count);
  const synced = new Map<number, number>();
  const namesSynced = new Map<string, number>();
  for (const entry of before) {
    if (entry.kind === "synced") synced.set(entry.file, Math.max(synced.get(entry.file) ?? 0, entry.upTo));
    if (entry.kind === "names-synced")
      namesSynced.set(entry.folder, Math.max(namesSynced.get(entry.folder) ?? 0, entry.upTo));
  }
  const luck = lucks[Math.floor(chance() * lucks.length)] ?? NONE;
  const namesUntil = Math.floor(chance() * (count + 1));
  const image = new DiskImage();
  before.forEach((entry, index) => {
    if (entry.kind === "create" || entry.kind === "unlink") {
      if (index < (namesSynced.get(folderOf(entry)) ?? 0) || index < namesUntil) image.apply(entry);
      else image.forget(entry);
    } else if (entry.kind === "truncate") {
      if (index < (synced.get(entry.file) ?? 0) || chance() < luck) image.apply(entry);
    } else if (entry.kind === "write") {
      if (index < (synced.get(entry.file) ?? 0)) image.apply(entry);
      else for (const sector of sectorsOf(entry)) if (chance() < luck) image.apply(sector);
    }
  });
  return image;
}

/** How likely it is that a sector that no sync covers has arrived: never, now and then, half of them, nearly all, all. */
const NONE = 0;
const lucks = [NONE, 0.1, 0.5, 0.95, 1];

function* sectorsOf<Entry extends { readonly at: number; readonly bytes: Uint8Array }>(entry: Entry): Generator<Entry> {
  const { at, bytes } = entry;
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + SECTOR - ((at + from) % SECTOR));
    yield { ...entry, at: at + from, bytes: bytes.subarray(from, to) };
    from = to;
  }
}

/** Files and their names, as they would be found on a disk. */
export class DiskImage {
  readonly #files = new Map<number, Draft>();
  readonly #names: Names = new Map();

  apply<Mark>(entry: DiskEntry<Mark>): void {
    switch (entry.kind) {
      case "create":
        this.#names.set(entry.path, entry.file);
        this.#draft(entry.file);
        break;
      case "unlink":
        this.#names.delete(entry.path);
        break;
      case "write":
        this.#write(this.#draft(entry.file), entry.at, entry.bytes);
        break;
      case "truncate":
        this.#resize(this.#draft(entry.file), entry.size);
        break;
      case "synced":
      case "names-synced":
      case "mark":
        break;
    }
  }

  /** The name did not change; a file that was created is there, but nobody finds it. */
  forget<Mark>(entry: DiskEntry<Mark>): void {
    if (entry.kind === "create") this.#draft(entry.file);
  }

  /** Writes the files into a folder, which it empties first. */
  writeTo(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [path, file] of this.#names) {
      const { bytes, length } = this.#draft(file);
      writeFileSync(join(folder, basename(path)), bytes.subarray(0, length));
    }
  }

  #draft(file: number): Draft {
    let draft = this.#files.get(file);
    if (!draft) this.#files.set(file, (draft = { bytes: new Uint8Array(64 * 1024), length: 0 }));
    return draft;
  }

  #write(draft: Draft, at: number, bytes: Uint8Array): void {
    this.#resize(draft, Math.max(draft.length, at + bytes.length));
    draft.bytes.set(bytes, at);
  }

  #resize(draft: Draft, length: number): void {
    if (length > draft.bytes.length) {
      const larger = new Uint8Array(Math.max(length, draft.bytes.length * 2));
      larger.set(draft.bytes);
      draft.bytes = larger;
    }
    if (length < draft.length) draft.bytes.fill(0, length, draft.length);
    draft.length = length;
  }
}
