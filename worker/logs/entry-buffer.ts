const CHUNK_BYTES = 256 * 1024;

/** Whole lines, encoded. */
export interface LineChunk {
  readonly bytes: Buffer;
  readonly lines: number;
}

/** Lines that wait to be written, encoded as they come and bounded: what does not fit is refused. */
export class EntryBuffer {
  readonly #limit: number;
  #full: LineChunk[] = [];
  #current: Buffer | null = null;
  #used = 0;
  #lines = 0;
  #fullBytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#fullBytes + this.#used;
  }

  /** Adds a line with its line end. Returns its size in bytes, or 0 when the buffer is full. */
  add(line: string): number {
    if (this.size >= this.#limit) return 0;
    const room = (this.#current?.length ?? 0) - this.#used;
    // A UTF-16 code unit takes at most three bytes; measuring is needed only where that bound does not fit.
    if (room < line.length * 3 && room < Buffer.byteLength(line)) this.#seal(Buffer.byteLength(line));
    this.#current ??= Buffer.allocUnsafe(Math.max(CHUNK_BYTES, Buffer.byteLength(line)));
    const size = this.#current.write(line, this.#used, "utf8");
    this.#used += size;
    this.#lines += 1;
    return size;
  }

  /** The oldest lines, and no longer ours; null when there are none. */
  take(): LineChunk | null {
    if (this.#full.length === 0) this.#seal(0);
    const chunk = this.#full.shift() ?? null;
    this.#fullBytes -= chunk?.bytes.length ?? 0;
    return chunk;
  }

  /** Gives back what could not be written; it keeps its place before everything else. */
  putBack(chunk: LineChunk): void {
    this.#full.unshift(chunk);
    this.#fullBytes += chunk.bytes.length;
  }

  #seal(next: number): void {
    if (this.#current !== null && this.#lines > 0) {
      this.#full.push({ bytes: this.#current.subarray(0, this.#used), lines: this.#lines });
      this.#fullBytes += this.#used;
    }
    this.#current = next === 0 ? null : Buffer.allocUnsafe(Math.max(CHUNK_BYTES, next));
    this.#used = 0;
    this.#lines = 0;
  }
}
