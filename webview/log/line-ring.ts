import type { LogEntry } from "../../schemas/log.ts";
import { continued, lineOf, streamKey, type LogRow } from "./log-line.ts";

export interface RingLimits {
  /** Rows that are held at most. */
  readonly lines: number;
  /** Characters that are held at most, over all rows. */
  readonly characters: number;
}

/** Each row costs something besides its text. */
const ROW_CHARACTERS = 100;

/**
 * The newest lines of a log, in bounded memory. Rows have ascending ids without gaps, so that a row is found by its id and keeps
 * it while older ones go.
 */
export class LineRing {
  readonly #limits: RingLimits;
  /** Rows before `#start` are gone. */
  #rows: (LogRow | null)[] = [];
  #start = 0;
  #nextId = 0;
  #characters = 0;
  /** Lines that are gone; null: nobody has counted them. The row with this id stands for them. */
  #gone: number | null = 0;
  #topGap = -1;
  /** Lines that go on in a later entry: id by stream. */
  readonly #open = new Map<string, number>();

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#rows.length - this.#start;
  }

  /** Id of the oldest row that is held, or of the next one when there is none. */
  get firstId(): number {
    return this.#nextId - this.length;
  }

  /** Behind the id of the newest row. */
  get endId(): number {
    return this.#nextId;
  }

  get characters(): number {
    return this.#characters;
  }

  /** Whether another row makes an old one go. */
  get isFull(): boolean {
    return this.length >= this.#limits.lines || this.#characters >= this.#limits.characters;
  }

  /** Whether so many more lines make no old one go. */
  hasRoomFor(lines: number): boolean {
    return this.length + lines <= this.#limits.lines && this.#characters < this.#limits.characters;
  }

  at(index: number): LogRow | null {
    return index < 0 ? null : (this.#rows[this.#start + index] ?? null);
  }

  byId(id: number): LogRow | null {
    return this.at(id - this.firstId);
  }

  /** Adds entries in their order; what no longer fits goes at the other end. */
  append(entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#add(entry);
    this.#trim();
  }

  /** Says that lines are missing here. Two gaps without a line between them become one. */
  appendGap(count: number | null, cursor: string): void {
    const last = this.at(this.length - 1);
    if (last?.kind === "gap") {
      const sum = last.count === null || count === null ? null : last.count + count;
      this.#replace({ ...last, count: sum });
    } else this.#push({ kind: "gap", id: this.#nextId, count, cursor });
    // A line cannot go on behind lines that are missing.
    this.#open.clear();
    this.#trim();
  }

  clear(): void {
    this.#rows = [];
    this.#start = 0;
    this.#characters = 0;
    this.#gone = 0;
    this.#topGap = -1;
    this.#open.clear();
  }

  #add(entry: LogEntry): void {
    const continues = entry.metadata["continues"] === true;
    if (this.#open.size === 0 && !continues) {
      this.#push(lineOf(this.#nextId, entry));
      return;
    }
    const key = streamKey(entry);
    const openId = this.#open.get(key);
    const open = openId === undefined ? null : this.byId(openId);
    if (open?.kind === "line") this.#replace(continued(open, entry));
    else {
      if (continues) this.#open.set(key, this.#nextId);
      this.#push(lineOf(this.#nextId, entry));
    }
    if (!continues) this.#open.delete(key);
  }

  #forget(row: LogRow | null): void {
    if (row === null) return;
    this.#characters -= sizeOf(row);
    const lines = row.kind === "line" ? 1 : row.id === this.#topGap ? 0 : row.count;
    this.#gone = lines === null || this.#gone === null ? null : this.#gone + lines;
  }

  #push(row: LogRow): void {
    this.#rows.push(row);
    this.#nextId += 1;
    this.#characters += sizeOf(row);
  }

  #replace(row: LogRow): void {
    const place = this.#start + row.id - this.firstId;
    const before = this.#rows[place];
    if (before) this.#characters += sizeOf(row) - sizeOf(before);
    this.#rows[place] = row;
  }

  /** What no longer fits goes; a gap stands in its place, so that nobody takes what is left for the beginning. */
  #trim(): void {
    const before = this.#start;
    while (this.length > 2 && (this.length > this.#limits.lines || this.#characters > this.#limits.characters)) {
      this.#forget(this.#rows[this.#start] ?? null);
      this.#rows[this.#start] = null;
      this.#start += 1;
    }
    const oldest = this.at(0);
    if (this.#start > before && oldest !== null) {
      this.#forget(oldest);
      const gap: LogRow = { kind: "gap", id: oldest.id, count: this.#gone, cursor: "" };
      this.#rows[this.#start] = gap;
      this.#topGap = gap.id;
      this.#characters += sizeOf(gap);
    }
    // Moving the rest costs something, and is done once in a while.
    if (this.#start > this.#limits.lines || this.#start > this.length * 2) {
      this.#rows = this.#rows.slice(this.#start);
      this.#start = 0;
    }
  }
}

/** A text that differs from the raw one is held beside it. */
function sizeOf(row: LogRow): number {
  if (row.kind === "gap") return ROW_CHARACTERS;
  return ROW_CHARACTERS + row.raw.length + (row.text === row.raw ? 0 : row.text.length);
}
