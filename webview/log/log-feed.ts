import type { Failure } from "../../schemas/failure.ts";
import { FailureError } from "../../schemas/failure.ts";
import type { LogFilter, LogPage } from "../../schemas/log.ts";
import type { SubscriptionBatch } from "../../schemas/operations/subscription.ts";
import type { ParamsIn } from "../../schemas/operations/table.ts";
import { LineRing, type RingLimits } from "./line-ring.ts";

/** Lines of one batch; what comes faster is counted, and stays on disk. */
const NEWEST = 500;
/** Lines of a log that is too long to be held, of which its end is shown at first. */
const TAIL_LINES = 5_000;
const PAGE_LINES = 1_000;
/** Pages that are read before the newest lines are shown, where the log is small enough to be held as a whole. */
const FIRST_PAGES = 12;

type LogBatch = Extract<SubscriptionBatch, { kind: "log" }>;
type Topic = ParamsIn<"subscription.open">["topic"];

/** What the feed needs of the worker. */
export interface LogSource {
  query(params: ParamsIn<"log.query">): Promise<LogPage>;
  /** Asks for the topic again each time the worker was lost. Returns a function that stops it. */
  follow(options: {
    readonly topic: () => Topic;
    readonly onBatch: (batch: SubscriptionBatch) => void;
    readonly onFailure: (reason: Failure) => void;
  }): () => void;
}

/**
 * `live`: what is held reaches to the newest line. `reading`: it ends somewhere in the log, because the reader is there; the next
 * page follows when they come to its end.
 */
export interface FeedState {
  readonly phase: "loading" | "live" | "reading" | "failed";
  /** Lines that came and that the reader has not seen; null: nobody has counted them. */
  readonly unseen: number | null;
  /** The execution is over: nothing more will come. */
  readonly ended: boolean;
  /** Why there is nothing more of this log, in words of the worker. */
  readonly purged: string | null;
  readonly problem: string | null;
}

const LOADING: FeedState = { phase: "loading", unseen: 0, ended: false, purged: null, problem: null };

/**
 * The lines of one log in a ring: the newest ones as they come, or, for a reader who has left the end, the place that they read,
 * which then stays as it is.
 */
export class LogFeed {
  readonly ring: LineRing;
  readonly #limits: RingLimits;
  readonly #source: LogSource;
  readonly #onChange: () => void;
  #state: FeedState = LOADING;
  #subject: { readonly executionId: string; readonly filter: LogFilter } | null = null;
  #following = true;
  #after = "";
  #readCursor = "";
  /** Counts beginnings: what an earlier one still gets is not ours any more. */
  #round = 0;
  #paging = false;
  #stop: (() => void) | null = null;
  /** Batches that wait until earlier lines have been read. */
  #waiting: LogBatch[] | null = null;

  constructor(source: LogSource, limits: RingLimits, onChange: () => void) {
    this.ring = new LineRing(limits);
    this.#limits = limits;
    this.#source = source;
    this.#onChange = onChange;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Whether the reader is at the end and sees what comes. */
  get following(): boolean {
    return this.#following && this.#state.phase === "live";
  }

  /** Begins anew, at the newest lines. */
  open(executionId: string, filter: LogFilter): void {
    this.#subject = { executionId, filter };
    this.#begin("", LOADING);
    this.#following = true;
    this.#follow(true);
  }

  /** The reader has reached the end, or left it. */
  setFollowing(following: boolean): void {
    if (following === this.#following) return;
    this.#following = following;
    if (following && this.#state.phase === "live") this.#set({ unseen: 0 });
  }

  /** Back to the newest lines. */
  latest(): void {
    this.#following = true;
    if (this.#state.phase === "live") this.#set({ unseen: 0 });
    else if (this.#subject !== null) this.open(this.#subject.executionId, this.#subject.filter);
  }

  /** The execution that was over goes on: what follows behind what is held is shown as before. */
  goOn(): void {
    if (!this.#state.ended) return;
    this.#state = { ...this.#state, ended: false };
    this.#stop?.();
    if (this.#state.phase === "live") this.#follow(false);
    else this.#onChange();
  }

  /** Shows the log from a place on, that of missing lines or the beginning. */
  async readFrom(cursor: string): Promise<void> {
    this.#begin(cursor, { ...this.#state, phase: "reading", unseen: null, problem: null });
    this.#following = false;
    await this.nextPage();
  }

  /** What follows behind what is held. At the end of the log the feed is live again. */
  async nextPage(): Promise<void> {
    if (this.#subject === null || this.#state.phase !== "reading" || this.#paging) return;
    const round = this.#round;
    this.#paging = true;
    try {
      for (let entries = 0, more = true; entries === 0 && more;) {
        const page = await this.#query(this.#readCursor);
        if (round !== this.#round) return;
        this.ring.append(page.entries);
        this.#readCursor = page.cursor;
        ({ more } = page);
        entries = page.entries.length;
        const { unseen } = this.#state;
        this.#set({ unseen: unseen === null ? null : Math.max(0, unseen - entries) });
        if (!more) this.#caughtUp();
      }
    } catch (error) {
      if (round === this.#round) this.#set({ problem: messageOf(error) });
    } finally {
      if (round === this.#round) this.#paging = false;
    }
  }

  dispose(): void {
    this.#round += 1;
    this.#stop?.();
    this.#stop = null;
    this.#subject = null;
  }

  #begin(cursor: string, state: FeedState): void {
    this.#round += 1;
    this.#stop?.();
    this.#stop = null;
    this.#waiting = null;
    this.#paging = false;
    this.#after = cursor;
    this.#readCursor = cursor;
    this.ring.clear();
    this.#state = state;
    this.#onChange();
  }

  #caughtUp(): void {
    this.#stop?.();
    this.#after = this.#readCursor;
    this.#state = { ...this.#state, phase: "live", unseen: 0 };
    this.#follow(false);
  }

  #follow(isFirst: boolean): void {
    const subject = this.#subject;
    if (subject === null) return;
    const round = this.#round;
    let first = isFirst;
    this.#stop = this.#source.follow({
      topic: () => ({ kind: "log", ...subject, after: this.#after, newest: Math.min(NEWEST, this.#limits.lines) }),
      onBatch: (batch) => {
        if (batch.kind !== "log" || round !== this.#round) return;
        const isOpening = first;
        first = false;
        if (isOpening) {
          this.#opening(batch).catch((error: unknown) => {
            if (round === this.#round) this.#fail(error);
          });
        } else if (this.#waiting !== null) this.#waiting.push(batch);
        else this.#take(batch);
      },
      onFailure: ({ message }) => {
        if (round === this.#round) this.#set({ phase: "failed", problem: message });
      },
    });
  }

  /** The log could not be opened. Where the worker was lost it is opened when there is one again. */
  #fail(error: unknown): void {
    this.#stop?.();
    this.#stop = null;
    this.#waiting = null;
    if (error instanceof FailureError && error.failure.code === "worker_unavailable") {
      this.#begin("", LOADING);
      this.#follow(true);
    } else {
      this.#set({ phase: "failed", problem: messageOf(error) });
    }
  }

  /** The first batch has the newest lines; those before them are read where the whole can be held. */
  async #opening(batch: LogBatch): Promise<void> {
    const { skipped, entries } = batch;
    const round = this.#round;
    this.#waiting = [batch];
    const fits = skipped !== null && skipped + entries.length <= this.#limits.lines;
    if (!fits) {
      await this.#openAtTail(batch);
      return;
    }
    const whole = skipped === 0 || (await this.#readEarlier(skipped));
    if (round !== this.#round) return;
    if (!whole) this.ring.clear();
    this.#state = { ...this.#state, phase: "live", purged: purgedOf(batch) };
    const waiting = this.#waiting;
    this.#waiting = null;
    const [first, ...others] = waiting;
    if (first) this.#take(whole ? { ...first, skipped: 0 } : first);
    for (const other of others) this.#take(other);
  }

  /** Shows more of the end than one batch has, and goes on behind it. */
  async #openAtTail({ skipped, entries, after }: LogBatch): Promise<void> {
    const round = this.#round;
    const { executionId = "", filter = {} } = this.#subject ?? {};
    const tail = Math.min(TAIL_LINES, this.#limits.lines - 1);
    const page = await this.#source.query({ executionId, filter, tail });
    if (round !== this.#round) return;
    this.#waiting = null;
    // What came meanwhile is among these lines, and nobody has counted it.
    const isCounted = skipped !== null && page.cursor === after;
    if (page.more) {
      this.ring.appendGap(isCounted ? skipped + entries.length - page.entries.length : null, "");
    }
    this.ring.append(page.entries);
    this.#readCursor = page.cursor;
    this.#caughtUp();
    this.#onChange();
  }

  /** Reads so many lines from the beginning. Returns whether they are all held. */
  async #readEarlier(lines: number): Promise<boolean> {
    const round = this.#round;
    let cursor = "";
    let left = lines;
    for (let pages = 0; pages < FIRST_PAGES; pages += 1) {
      const page = await this.#query(cursor);
      if (round !== this.#round) return false;
      this.ring.append(page.entries.slice(0, left));
      left -= page.entries.length;
      if (left <= 0) return !this.ring.isFull;
      if (!page.more) return false;
      ({ cursor } = page);
    }
    return false;
  }

  #take(batch: LogBatch): void {
    const { entries, skipped } = batch;
    const before = this.#after;
    this.#after = batch.after;
    const came = entries.length + (skipped ?? 0);
    const ended = batch.end || this.#state.ended;
    if (this.#state.phase === "reading") {
      const { unseen } = this.#state;
      this.#set({ ended, unseen: unseen === null ? null : unseen + came });
      return;
    }
    const unseen = this.#following ? 0 : (this.#state.unseen ?? 0) + came;
    if (!this.#following && came > 0 && !this.ring.hasRoomFor(came)) {
      // Somebody reads here: what is on the screen stays, and what comes is read from the disk later.
      this.#readCursor = before;
      this.#set({ phase: "reading", ended, unseen });
      return;
    }
    if (skipped !== 0) this.ring.appendGap(skipped, before);
    this.ring.append(entries);
    this.#set({ ended, unseen, problem: null });
  }

  async #query(cursor: string): Promise<LogPage> {
    const { executionId = "", filter = {} } = this.#subject ?? {};
    return this.#source.query({ executionId, filter, cursor, limit: PAGE_LINES });
  }

  #set(change: Partial<FeedState>): void {
    this.#state = { ...this.#state, ...change };
    this.#onChange();
  }
}

/** A purged log has one entry, which says so. */
function purgedOf({ entries }: LogBatch): string | null {
  const [only] = entries;
  return entries.length === 1 && only?.metadata["purged"] === true ? only.message : null;
}

function messageOf(error: unknown): string {
  return error instanceof FailureError ? error.failure.message : String(error);
}
