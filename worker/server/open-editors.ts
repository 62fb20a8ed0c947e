import { createHash } from "node:crypto";
import type { Replacement } from "../spec/replace-at.ts";

/** A spec that an editor has open. Its text and version are those of the moment. */
export interface OpenSpec {
  /** Inside the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly version: number;
  /**
   * Has the editor make these changes of a version of the text, as one step that can be undone. False: it did not, for example because
   * somebody typed meanwhile. Never rejects.
   */
  change(places: readonly Replacement[], version: number, label: string): Promise<boolean>;
}

/**
 * What happened to an open spec. `lost`: its window is gone; `kept`: so it is, and has kept what was not saved; `returned`: such a
 * window is there again, with what it has kept.
 */
export type EditorNews = "changed" | "closed" | "lost" | "kept" | "returned";

export type EditorListener = (spec: OpenSpec, news: EditorNews, text: string) => void;

/** How its editor tells of an open spec. */
export interface SpecDesk {
  changed(): void;
  saved(): void;
  closed(): void;
  lost(): void;
}

/**
 * The specs of a workspace that editors have open. It knows which of them hold changes that are not saved: what an editor shows is
 * either a text that was on the disk, and then the editor follows the disk in a moment, or somebody's work.
 */
export class OpenEditors {
  readonly #open = new Map<OpenSpec, { path: string; synced: number }>();
  /** Fingerprints of the texts that a file had, the newest last. */
  readonly #disk = new Map<string, { first: number; marks: string[] }>();
  /** How many editors with changes that are not saved went with their windows, by file. */
  readonly #kept = new Map<string, number>();
  readonly #listeners = new Set<EditorListener>();

  /** An editor has opened a spec. `disk`: what the file holds; null: nothing that can be read. */
  opened(spec: OpenSpec, disk: string | null): SpecDesk {
    const seen = disk === null ? -1 : this.#saw(spec.path, disk);
    const entry = { path: spec.path, synced: this.#isAt(spec, seen) ? seen : -1 };
    this.#open.set(spec, entry);
    const tell = (news: EditorNews): void => {
      const { text } = spec;
      for (const listener of this.#listeners) listener(spec, news, text);
    };
    const end = (news: EditorNews): void => {
      if (!this.#open.delete(spec)) return;
      tell(news);
      if ([...this.#open.values()].every(({ path }) => path !== spec.path)) this.#disk.delete(spec.path);
    };
    if (entry.synced < 0 && this.#takeKept(spec.path)) tell("returned");
    return {
      changed: () => {
        entry.synced = Math.max(entry.synced, this.#find(spec));
        tell("changed");
      },
      saved: () => {
        entry.synced = this.#saw(spec.path, spec.text);
        tell("changed");
      },
      closed: () => {
        end("closed");
      },
      lost: () => {
        const isSaved = this.#isAt(spec, entry.synced);
        if (!isSaved) this.#kept.set(spec.path, (this.#kept.get(spec.path) ?? 0) + 1);
        end(isSaved ? "lost" : "kept");
      },
    };
  }

  /** Whether an editor of this file is awaited. */
  #takeKept(path: string): boolean {
    const count = this.#kept.get(path) ?? 0;
    if (count > 1) this.#kept.set(path, count - 1);
    else this.#kept.delete(path);
    return count > 0;
  }

  /** The open ones whose editors hold changes that are not in the file, which has this text now. */
  unsaved(path: string, disk: string): OpenSpec[] {
    const found: OpenSpec[] = [];
    const here = [...this.#open].filter(([, entry]) => entry.path === path);
    if (here.length === 0) return found;
    const now = this.#saw(path, disk);
    for (const [spec, entry] of here) {
      if (this.#isAt(spec, now)) entry.synced = now;
      else if (!this.#isAt(spec, entry.synced)) found.push(spec);
    }
    return found;
  }

  /** The file has this text now. */
  wrote(path: string, disk: string): void {
    if ([...this.#open.values()].some((entry) => entry.path === path)) this.#saw(path, disk);
  }

  /** Returns the way to stop. */
  onNews(listener: EditorListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The number of a text among those of the file. */
  #saw(path: string, text: string): number {
    const disk = this.#disk.get(path) ?? { first: 0, marks: [] };
    this.#disk.set(path, disk);
    const mark = markOf(text);
    if (disk.marks.at(-1) !== mark) disk.marks.push(mark);
    if (disk.marks.length > TEXTS_KEPT) {
      disk.marks.shift();
      disk.first += 1;
    }
    return disk.first + disk.marks.length - 1;
  }

  /** The newest text of the file that an editor shows; -1: it shows another one. */
  #find({ path, text }: OpenSpec): number {
    const disk = this.#disk.get(path);
    const at = disk?.marks.lastIndexOf(markOf(text)) ?? -1;
    return disk && at >= 0 ? disk.first + at : -1;
  }

  #isAt({ path, text }: OpenSpec, number: number): boolean {
    const disk = this.#disk.get(path);
    return disk !== undefined && number >= 0 && disk.marks[number - disk.first] === markOf(text);
  }
}

/** An editor may be behind by so many writes. */
const TEXTS_KEPT = 50;

/** Editors show no byte order mark and may show other line breaks than the file has. */
export function shownText(text: string): string {
  return text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");
}

function markOf(text: string): string {
  return createHash("sha1").update(shownText(text)).digest("base64");
}
