import type { LineRing } from "./line-ring.ts";

/** Rows that are looked at in one go, so that typing stays fluid. */
const SLICE_ROWS = 1_000;
const SLICE_CHARACTERS = 1_000_000;

/** The lines of a ring that contain a text, whatever its case, kept up to date while lines come and go. */
export class LineSearch {
  readonly #ring: LineRing;
  readonly #pattern: RegExp | null;
  /** Ids of lines that match, ascending; those before `#from` have left the ring. */
  #found: number[] = [];
  /** Rows before this id have been looked at. */
  #seen: number;

  constructor(ring: LineRing, query: string) {
    this.#ring = ring;
    this.#pattern = patternOf(query);
    this.#seen = ring.firstId;
  }

  get pattern(): RegExp | null {
    return this.#pattern;
  }

  /** Ids of matching lines, ascending. */
  get found(): readonly number[] {
    return this.#found;
  }

  /** Looks at lines that are new, up to a slice. Returns whether some are left. */
  advance(): boolean {
    const { firstId, endId } = this.#ring;
    this.#forget(firstId);
    if (this.#pattern === null) return false;
    let id = Math.max(this.#seen, firstId);
    const lastId = Math.min(endId, id + SLICE_ROWS);
    for (let characters = 0; id < lastId && characters < SLICE_CHARACTERS; id += 1) {
      const row = this.#ring.byId(id);
      if (row?.kind !== "line") continue;
      characters += row.text.length;
      this.#pattern.lastIndex = 0;
      if (this.#pattern.test(row.text)) this.#found.push(id);
    }
    this.#seen = id;
    return id < endId;
  }

  /** Id of the match after a row, or before it; at the end it goes on from the other end. Null: there is none. */
  next(from: number | null, backwards: boolean): number | null {
    const found = this.#found;
    if (backwards) return found.findLast((id) => from === null || id < from) ?? found.at(-1) ?? null;
    return found.find((id) => from !== null && id > from) ?? found[0] ?? null;
  }

  /** Which match a row is, from 1; 0: none. */
  ordinal(id: number | null): number {
    return id === null ? 0 : this.#found.indexOf(id) + 1;
  }

  #forget(firstId: number): void {
    const gone = this.#found.findIndex((id) => id >= firstId);
    if (gone === 0 || this.#found.length === 0) return;
    this.#found = gone === -1 ? [] : this.#found.slice(gone);
  }
}

/** Null: nothing to look for. */
export function patternOf(query: string): RegExp | null {
  return query === "" ? null : new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "gi");
}
