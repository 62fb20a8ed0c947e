/** The last bytes of a stream, at most `limit` of them and the rest of the chunk with which they begin. */
export class LastBytes {
  readonly #limit: number;
  #chunks: Buffer[] = [];
  #size = 0;
  #isCut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): void {
    // Copied, because a view would keep the memory alive that it is a part of.
    this.#chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    while (this.#size - (this.#chunks[0]?.length ?? 0) >= this.#limit) {
      this.#size -= this.#chunks.shift()?.length ?? 0;
      this.#isCut = true;
    }
    // Many small chunks would cost more than what is in them.
    if (this.#chunks.length > 4_096) this.#chunks = [Buffer.concat(this.#chunks)];
  }

  /** Whether something before them was left out. */
  get isCut(): boolean {
    return this.#isCut;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
