/** Keeps the end of a stream of bytes, for people: valid text of at most a number of UTF-16 code units. */
export class OutputTail {
  readonly #characters: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(characters: number) {
    this.#characters = characters;
  }

  push(chunk: Uint8Array): void {
    // A character takes at most four bytes. Copied, because a view would keep the whole chunk alive.
    const limit = this.#characters * 4;
    this.#chunks.push(Buffer.from(chunk.subarray(Math.max(0, chunk.length - limit))));
    this.#size += Math.min(chunk.length, limit);
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= limit) this.#size -= this.#chunks.shift()?.length ?? 0;
    if (this.#chunks.length > 256) this.#chunks = [Buffer.concat(this.#chunks)];
  }

  text(): string {
    const bytes = Buffer.concat(this.#chunks);
    let start = 0;
    // What was cut off may have been the beginning of a character.
    while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
    const text = bytes.toString("utf8", start);
    const cut = text.slice(Math.max(0, text.length - this.#characters));
    return /^[\uDC00-\uDFFF]/.test(cut) ? cut.slice(1) : cut;
  }

  /** The last line with something on it, at most 300 code units; empty when there is none. */
  lastLine(): string {
    const line =
      this.text()
        .trimEnd()
        .split(/[\r\n]+/)
        .at(-1) ?? "";
    return line.trim().slice(0, 300).toWellFormed();
  }
}
