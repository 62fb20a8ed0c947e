/** Longest line that is read, in bytes: a message may hold a whole file, before and after. */
const MAX_LINE_BYTES = 32 * 1024 * 1024;
const HEAD_BYTES = 500;
const NEWLINE = 0x0a;

/** Cuts bytes into lines, however they come in chunks. Keeps at most one line; a longer one is told by its beginning. */
export class LongLines {
  readonly #listener: { line(bytes: Buffer): void; tooLong(head: string): void };
  #pieces: Buffer[] = [];
  #length = 0;
  #isSkipping = false;

  constructor(listener: { line(bytes: Buffer): void; tooLong(head: string): void }) {
    this.#listener = listener;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#take(chunk.subarray(start, end));
      this.#whole();
      start = end + 1;
    }
    // Copied, because a view would keep the whole chunk alive.
    if (start < chunk.length) this.#take(Buffer.from(chunk.subarray(start)));
  }

  /** Nothing more comes: a line without an end is one, too. */
  end(): void {
    this.#whole();
  }

  #take(piece: Buffer): void {
    if (this.#isSkipping || piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    if (this.#length <= MAX_LINE_BYTES) return;
    const head = Buffer.concat(this.#pieces).toString("utf8", 0, HEAD_BYTES);
    this.#clear();
    this.#isSkipping = true;
    this.#listener.tooLong(head);
  }

  #whole(): void {
    const [first] = this.#pieces;
    const line = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces);
    this.#clear();
    this.#isSkipping = false;
    if (line !== undefined && line.length > 0) this.#listener.line(line);
  }

  #clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}
