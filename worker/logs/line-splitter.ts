import { isUtf8 } from "node:buffer";

/** Longest piece of a line that becomes one entry, in bytes. */
export const MAX_LINE_BYTES = 64 * 1024;

/** What the metadata of an output entry says; see LogEntry. */
export type LineMetadata = { readonly continues?: true; readonly bytes?: string };

const PLAIN: LineMetadata = Object.freeze({});
const CONTINUES: LineMetadata = Object.freeze({ continues: true });
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** One byte more than a piece decides nothing yet: it may be the carriage return of the line's end. */
const CAPACITY = MAX_LINE_BYTES + 2;

/**
 * Turns the bytes of one stream into lines (catalogue K1). However the bytes are cut into chunks, the lines are the same. A line
 * ends with LF or CRLF; one that is longer than 64 KiB comes in pieces, cut between characters, all but the last with `continues`.
 * A piece that is not UTF-8 has U+FFFD in its message and its exact bytes in `bytes`, in Base64. Keeps at most one piece.
 */
export class LineSplitter {
  readonly #onLine: (message: string, metadata: LineMetadata) => void;
  #pending: Buffer | null = null;
  #length = 0;

  constructor(onLine: (message: string, metadata: LineMetadata) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    if (this.#length > 0) {
      const end = bytes.indexOf(NEWLINE);
      this.#append(end === -1 ? bytes : bytes.subarray(0, end));
      if (end === -1) return;
      this.#endLine();
      start = end + 1;
    }
    const last = bytes.lastIndexOf(NEWLINE);
    if (last >= start) {
      this.#block(bytes.subarray(start, last));
      start = last + 1;
    }
    this.#append(bytes.subarray(start));
  }

  /** The stream is over: what stands after the last line end is a line, too. May be called again. */
  end(): void {
    if (this.#length > 0) this.#line(this.#take());
    this.#pending = null;
  }

  /** Whole lines without the last one's LF. Decoding them at once is several times faster than one by one. */
  #block(block: Buffer): void {
    if (!isUtf8(block)) {
      let start = 0;
      for (;;) {
        const end = block.indexOf(NEWLINE, start);
        this.#line(withoutReturn(block.subarray(start, end === -1 ? block.length : end)));
        if (end === -1) return;
        start = end + 1;
      }
    }
    for (const text of block.toString("utf8").split("\n")) {
      const message = text.endsWith("\r") ? text.slice(0, -1) : text;
      // A UTF-16 code unit takes at most three bytes, so that most lines need not be measured.
      if (message.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(message) > MAX_LINE_BYTES) {
        this.#line(Buffer.from(message));
      } else this.#onLine(message, PLAIN);
    }
  }

  #append(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0) {
      this.#pending = withRoom(this.#pending, this.#length, Math.min(CAPACITY, this.#length + rest.length));
      const taken = rest.copy(this.#pending, this.#length, 0, CAPACITY - this.#length);
      this.#length += taken;
      rest = rest.subarray(taken);
      if (this.#length === CAPACITY) this.#cut(this.#pending);
    }
  }

  /** The line goes on beyond one piece whatever follows: the first piece can leave. */
  #cut(pending: Buffer): void {
    const size = pieceSize(pending);
    this.#piece(pending.subarray(0, size), true);
    pending.copyWithin(0, size, this.#length);
    this.#length -= size;
  }

  #endLine(): void {
    this.#line(withoutReturn(this.#take()));
  }

  /** The pending bytes, valid until the next append. */
  #take(): Buffer {
    const taken = this.#pending?.subarray(0, this.#length) ?? Buffer.alloc(0);
    this.#length = 0;
    return taken;
  }

  #line(content: Buffer): void {
    let rest = content;
    while (rest.length > MAX_LINE_BYTES) {
      const size = pieceSize(rest);
      this.#piece(rest.subarray(0, size), true);
      rest = rest.subarray(size);
    }
    this.#piece(rest, false);
  }

  #piece(bytes: Buffer, continues: boolean): void {
    const message = bytes.toString("utf8");
    if (isUtf8(bytes)) this.#onLine(message, continues ? CONTINUES : PLAIN);
    else this.#onLine(message, { ...(continues ? CONTINUES : PLAIN), bytes: bytes.toString("base64") });
  }
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/** Doubles, so that a line that comes byte by byte is not copied for each of them. */
function withRoom(buffer: Buffer | null, used: number, needed: number): Buffer {
  if (buffer !== null && buffer.length >= needed) return buffer;
  const larger = Buffer.allocUnsafe(Math.min(CAPACITY, Math.max(needed, 2 * used, 1_024)));
  buffer?.copy(larger, 0, 0, used);
  return larger;
}

/** Size of the first piece of a longer line: the limit, or up to three bytes less where a character would be cut. */
function pieceSize(bytes: Buffer): number {
  for (let back = 1; back <= 3; back += 1) {
    const byte = bytes[MAX_LINE_BYTES - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? MAX_LINE_BYTES - back : MAX_LINE_BYTES;
  }
  return MAX_LINE_BYTES;
}
