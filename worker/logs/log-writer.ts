import { mkdir, open, type FileHandle } from "node:fs/promises";
import { basename } from "node:path";
import type { LogEntry } from "../../schemas/log.ts";
import { AttemptQuota } from "./attempt-quota.ts";
import { EntryBuffer, type LineChunk } from "./entry-buffer.ts";
import { MAX_LINE_BYTES } from "./line-splitter.ts";
import { listSegments, MAX_ENTRY_BYTES, SEGMENT_BYTES, segmentPath } from "./segments.ts";

const FLUSH_DELAY_MS = 50;
const FLUSH_BYTES = 256 * 1024;
const RETRY_DELAY_MS = 1_000;

export interface LogLimits {
  readonly segmentBytes: number;
  /** Of stored output, for each attempt (semantics, Files). */
  readonly attemptBytes: number;
  /** Of entries that wait for the disk. */
  readonly pendingBytes: number;
}

const LIMITS: LogLimits = { segmentBytes: SEGMENT_BYTES, attemptBytes: 200_000_000, pendingBytes: 32 * 1024 * 1024 };

export interface LogOptions {
  readonly limits?: Partial<LogLimits>;
  /** Wall time of the entries that the log writes about itself. */
  readonly now?: () => Date;
}

/** Opens the log of one execution for appending, always in a new segment. Never rejects: a disk that fails now may work later. */
export async function openExecutionLog(dir: string, options: LogOptions = {}): Promise<ExecutionLog> {
  await mkdir(dir, { recursive: true, mode: 0o700 }).catch(() => null);
  return new ExecutionLog(dir, options);
}

/**
 * Appends entries without making anyone wait: they are written within about 50 ms, in order. A failing or slow disk never
 * breaks a run (catalogue K1): entries wait in bounded memory; what does not fit is dropped and counted, and the log says so
 * once it can be written again. One writer an execution.
 */
export class ExecutionLog {
  readonly #dir: string;
  readonly #limits: LogLimits;
  readonly #now: () => Date;
  readonly #buffer: EntryBuffer;
  readonly #quota: AttemptQuota;
  readonly #listeners = new Set<() => void>();
  #file: { readonly handle: FileHandle; offset: number } | null = null;
  #writing: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  /** Why the last write failed; null while writing works. */
  #trouble: string | null = null;
  #lost = { entries: 0, reason: "" };
  #closed = false;

  constructor(dir: string, options: LogOptions) {
    this.#dir = dir;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#now = options.now ?? (() => new Date());
    this.#buffer = new EntryBuffer(this.#limits.pendingBytes);
    this.#quota = new AttemptQuota(this.#limits.attemptBytes);
  }

  /** Returns at once and never throws. After close it does nothing. */
  append(entry: LogEntry): void {
    if (this.#closed) return;
    const verdict = this.#quota.check(entry);
    if (verdict === "refuse") return;
    if (verdict === "last") this.#add(this.#about(this.#quota.reachedText(), entry));
    else this.#quota.count(entry, this.#add(entry));
  }

  /** No more entries of this attempt will come: says how much of it was not kept, if anything. */
  endAttempt(stepId: string, attempt: number): void {
    for (const { entry, text } of this.#quota.end(stepId, attempt)) this.#add(this.#about(text, entry));
  }

  /** Calls back after entries became readable. The listener must not throw. Returns the way to stop. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything appended so far is in the file, or the disk refused it once more. Never rejects. */
  async flush(): Promise<void> {
    this.#clearTimer();
    await this.#written();
    if (this.#buffer.size > 0) this.#startWriting();
    await this.#written();
  }

  /** Writes what is left and lets go of the file. Never rejects; what the disk still refuses is gone. */
  async close(): Promise<void> {
    if (this.#closed) return;
    for (const { entry, text } of this.#quota.endAll()) this.#add(this.#about(text, entry));
    this.#closed = true;
    await this.flush();
    this.#clearTimer();
    await this.#letGo();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Returns the size of the stored line, or 0 when it was dropped. */
  #add(entry: LogEntry): number {
    const size = this.#buffer.add(encode(entry));
    if (size === 0) {
      const reason = this.#trouble ?? "they came faster than they could be written";
      this.#lost = { entries: this.#lost.entries + 1, reason };
    }
    this.#schedule();
    return size;
  }

  #schedule(): void {
    if (this.#writing || this.#closed) return;
    if (this.#trouble === null && this.#buffer.size >= FLUSH_BYTES) {
      this.#clearTimer();
      this.#startWriting();
      return;
    }
    if (this.#timer) return;
    const delay = this.#trouble === null ? FLUSH_DELAY_MS : RETRY_DELAY_MS;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (!this.#writing) this.#startWriting();
    }, delay);
  }

  #clearTimer(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** One writer at a time. Its promise, which never rejects, is kept until it is done. */
  #startWriting(): void {
    this.#writing = this.#drain().finally(() => {
      this.#writing = null;
      if (this.#buffer.size > 0) this.#schedule();
    });
  }

  #written(): Promise<void> {
    return this.#writing ?? Promise.resolve();
  }

  async #drain(): Promise<void> {
    for (let chunk = this.#buffer.take(); chunk; chunk = this.#buffer.take()) {
      try {
        await this.#store(chunk);
      } catch (error) {
        this.#trouble = error instanceof Error ? error.message : String(error);
        this.#buffer.putBack(chunk);
        await this.#letGo();
        return;
      }
      this.#trouble = null;
      this.#confess();
      for (const listener of [...this.#listeners]) listener();
    }
  }

  async #store({ bytes }: LineChunk): Promise<void> {
    if (this.#file && this.#file.offset > 0 && this.#file.offset + bytes.length > this.#limits.segmentBytes) {
      await this.#letGo();
    }
    this.#file ??= { handle: await openNextSegment(this.#dir), offset: 0 };
    const file = this.#file;
    try {
      for (let done = 0; done < bytes.length;) done += (await file.handle.write(bytes, done)).bytesWritten;
    } catch (error) {
      // Half a chunk would stand there twice after the next try, which goes into a new segment.
      await file.handle.truncate(file.offset).catch(() => null);
      throw error;
    }
    file.offset += bytes.length;
  }

  async #letGo(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.handle.close().catch(() => null);
  }

  /** Says what was dropped, as soon as there is room for saying it. */
  #confess(): void {
    const { entries, reason } = this.#lost;
    if (entries === 0) return;
    this.#lost = { entries: 0, reason: "" };
    const text = `${entries} log ${entries === 1 ? "entry was" : "entries were"} not kept: ${reason}`;
    if (this.#buffer.add(encode(this.#about(text, null))) === 0) this.#lost = { entries, reason };
  }

  #about(message: string, of: LogEntry | null): LogEntry {
    return {
      time: this.#now().toISOString(),
      level: "warn",
      source: "system",
      executionId: of?.executionId ?? basename(this.#dir),
      stepId: of?.stepId ?? null,
      attempt: of?.attempt ?? null,
      agent: of?.agent ?? null,
      stream: null,
      message,
      metadata: {},
      correlationId: of?.correlationId ?? null,
    };
  }
}

async function openNextSegment(dir: string): Promise<FileHandle> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const last = (await listSegments(dir)).at(-1) ?? 0;
  return open(segmentPath(dir, last + 1), "ax", 0o600);
}

/** One line. An entry that is too large for readers loses its metadata and the end of its message. */
function encode(entry: LogEntry): string {
  const line = JSON.stringify(entry);
  if (line.length * 3 < MAX_ENTRY_BYTES || Buffer.byteLength(line) < MAX_ENTRY_BYTES) return `${line}\n`;
  const message = entry.message.slice(0, MAX_LINE_BYTES);
  return `${JSON.stringify({ ...entry, message, metadata: { cut: true } })}\n`;
}
