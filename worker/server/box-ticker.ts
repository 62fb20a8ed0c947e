import type { EventOf, ExecutionEvent, StepProof, WrittenBox } from "../../schemas/event.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Clock } from "../run/ports.ts";
import { BoxBase, type TickMark } from "../spec/box-base.ts";
import { doneIn, leftNotice, tickBoxes, type Ticking, type TickResult } from "../spec/write-back.ts";
import { shownText, type EditorNews, type OpenEditors, type OpenSpec } from "./open-editors.ts";
import { replaceSpecFile } from "./replace-file.ts";
import { readSpecFile } from "./spec-file.ts";

/** Boxes are written at most this often while an execution runs, and less often where that takes long: it has to read the whole spec. */
const INTERVAL_MS = 1_000;
/** Between two writes there is so many times the time that the last one took. */
const REST = 10;
const TRIES = 5;

/** The events that `recall` must see. */
export const BOX_EVENTS = ["boxes.written", "steps.reopened", "review.returned", "plan.revised"] as const;

/** A step that has completed for real, and what shows it. */
export interface Completion {
  readonly attempt: number;
  /** Null: not known any more. */
  readonly at: string | null;
  readonly proof: StepProof;
}

type BoxesWritten = Pick<EventOf<"boxes.written">, "type" | "specPath" | "into" | "boxes" | "left">;

export interface BoxTickerOptions {
  readonly folder: string;
  readonly plan: Plan;
  /** The text that a plan was made from. */
  readonly textOf: (planId: string) => string;
  readonly clock: Clock;
  readonly editors: OpenEditors;
  /** Whether boxes are only ticked when `flush` is called. */
  readonly atEnd: boolean;
  /** Keeps the evidence. May reject: then the boxes stand without it. */
  readonly note: (event: BoxesWritten) => Promise<void>;
}

/**
 * Ticks the boxes of finished steps in the spec (catalogue A8), a few at a time, one writer. Where an editor has the spec open with
 * changes that are not saved, the ticks go there as an edit, and to the disk when the person saves. A box that was ticked once is not
 * ticked again for the same completion: whoever opened it since has decided so.
 */
export class BoxTicker {
  readonly #options: BoxTickerOptions;
  #plan: Plan;
  #base: BoxBase | null = null;
  readonly #finished = new Map<string, Completion>();
  /** Tasks whose boxes were set. */
  readonly #written = new Set<string>();
  /** Those that are set in an editor and not known to be saved; true: by its own step. */
  readonly #inEditors = new Map<OpenSpec, Map<string, boolean>>();
  /** How many editors are awaited that went with their windows and what was not saved, and what they may not have kept. */
  #away = 0;
  readonly #missed = new Set<string>();
  #isLeaving = false;
  /** Reasons that are in the record already, by task. */
  readonly #told = new Map<string, string>();
  readonly #stopListening: () => void;
  #notices: readonly string[] = [];
  #timer: { cancel(): void } | null = null;
  /** How long the last write took, in ms. */
  #lasted = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(options: BoxTickerOptions) {
    this.#options = options;
    this.#plan = options.plan;
    this.#stopListening = options.editors.onNews((spec, news, text) => {
      if (news === "kept") this.#enqueue(() => this.#await(spec));
      else if (news === "returned") this.#enqueue(() => this.#giveMissed(spec));
      else if (this.#inEditors.has(spec)) this.#enqueue(() => this.#review(spec, news, text));
    });
  }

  /** A step has completed for real. Its box follows soon. */
  add(stepId: string, completion: Completion): void {
    this.#finished.set(stepId, completion);
    this.#schedule();
  }

  /** What the record says of the time before this worker, in order. */
  recall(event: ExecutionEvent): void {
    if (event.type === "boxes.written") {
      for (const { task } of event.boxes) this.#written.add(task);
      for (const { task, reason } of event.left) this.#told.set(task, reason);
    } else if (event.type === "steps.reopened" || event.type === "review.returned") this.forget(event.steps);
    else if (event.type === "plan.revised") this.forget(event.stale);
  }

  /** The execution goes on under another plan of the same spec. */
  follow(plan: Plan): void {
    this.#plan = plan;
    this.#base = null;
  }

  /** These steps are begun anew. A box that is ticked already stays ticked: only a person takes that back. */
  forget(stepIds: readonly string[]): void {
    for (const stepId of stepIds) {
      this.#finished.delete(stepId);
      this.#written.delete(stepId);
      this.#told.delete(stepId);
    }
  }

  /** Writes what is missing now. Resolves with what was left alone and why; never rejects. */
  async flush(): Promise<readonly string[]> {
    this.#timer?.cancel();
    this.#timer = null;
    this.#enqueue(() => this.#write());
    await this.#writing;
    return this.#notices;
  }

  /** Follows editors no longer, and writes nothing more by itself. */
  close(): void {
    this.#timer?.cancel();
    this.#stopListening();
  }

  /** The execution is over. Follows editors on only as long as they hold ticks that are not in the file, or miss some. */
  leave(): void {
    this.#isLeaving = true;
    this.#stopWhenDone();
  }

  #stopWhenDone(): void {
    if (this.#isLeaving && this.#inEditors.size === 0 && this.#away === 0) this.#stopListening();
  }

  #schedule(): void {
    if (this.#options.atEnd) return;
    this.#timer ??= this.#options.clock.after(Math.max(INTERVAL_MS, REST * this.#lasted), () => {
      this.#timer = null;
      this.#enqueue(() => this.#write());
    });
  }

  /** One thing at a time. `act` does not reject. */
  #enqueue(act: () => Promise<void>): void {
    this.#writing = this.#writing.then(act).then(() => this.#stopWhenDone());
  }

  /** All finished steps are marked each time: what stands already is left as it is. */
  async #write(): Promise<void> {
    if (this.#finished.size === 0) return;
    const { clock } = this.#options;
    const from = clock.monotonic();
    await this.#tick();
    this.#lasted = clock.monotonic() - from;
  }

  async #tick(): Promise<void> {
    const { specPath } = this.#plan;
    try {
      for (let round = 0; round < TRIES; round += 1) {
        const file = await readSpecFile(this.#options.folder, specPath);
        const unsaved = this.#options.editors.unsaved(file.workspacePath, file.text);
        if (unsaved.length > 0) {
          await this.#edit(unsaved);
          return;
        }
        const ticked = tickBoxes(file.text, specPath, this.#marks(), this.#ticking());
        if (ticked.changed && !(await replaceSpecFile(file.path, file.text, ticked.text))) continue;
        if (ticked.changed) this.#options.editors.wrote(file.workspacePath, ticked.text);
        this.#notices = noticesOf(ticked);
        await this.#record(ticked, "file");
        return;
      }
      this.#notices = [`the boxes of ${specPath} were not ticked: the file kept changing`];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#notices = [`the boxes of ${specPath} were not ticked: ${why}`];
    }
  }

  /** Hands the ticks to the editors in which somebody works on the spec. The file stays as it is until that person saves. */
  async #edit(unsaved: readonly OpenSpec[]): Promise<void> {
    const { specPath } = this.#plan;
    // What one editor has taken is still missing in the next.
    const ticking = { ...this.#ticking(), written: new Set(this.#written) };
    const notices: string[] = [];
    for (const spec of unsaved) {
      const ticked = await this.#editOne(spec, ticking);
      if (ticked === null) {
        notices.push(
          `the boxes of ${specPath} were not ticked: an editor has it open with unsaved changes and did not take them`,
        );
        continue;
      }
      notices.push(...noticesOf(ticked));
      await this.#took(spec, ticked);
    }
    this.#notices = [...new Set(notices)];
  }

  /** Remembers what an editor holds now. */
  async #took(spec: OpenSpec, ticked: TickResult): Promise<void> {
    if (ticked.changed) {
      const mine = this.#inEditors.get(spec) ?? new Map<string, boolean>();
      for (const { task, isOwn } of ticked.boxes) mine.set(task, isOwn);
      this.#inEditors.set(spec, mine);
    }
    await this.#record(ticked, "editor");
  }

  /** Null: the editor did not do it. */
  async #editOne(spec: OpenSpec, ticking: Ticking): Promise<TickResult | null> {
    for (let round = 0; round < TRIES; round += 1) {
      const { text, version } = spec;
      const ticked = tickBoxes(text, this.#plan.specPath, this.#marks(), ticking);
      const label = "Planwright: tick what is done";
      if (!ticked.changed || (await spec.change(ticked.boxes, version, label))) return ticked;
    }
    return null;
  }

  /** A window that goes keeps what is not saved, and shows it again when it returns. */
  async #await(spec: OpenSpec): Promise<void> {
    const mine = this.#inEditors.get(spec) ?? [];
    this.#inEditors.delete(spec);
    const file = await readSpecFile(this.#options.folder, this.#plan.specPath).catch(() => null);
    if (file?.workspacePath !== spec.path) return;
    this.#away += 1;
    // What it keeps may be a second old.
    for (const [id] of mine) this.#missed.add(id);
  }

  /** What a window shows again knows nothing of what went into the file meanwhile. Saved as it is, it would take that back. */
  async #giveMissed(spec: OpenSpec): Promise<void> {
    const file = await readSpecFile(this.#options.folder, this.#plan.specPath).catch(() => null);
    if (this.#away === 0 || file?.workspacePath !== spec.path) return;
    this.#away -= 1;
    const written = new Set([...this.#written].filter((id) => !this.#missed.has(id)));
    if (this.#away === 0) this.#missed.clear();
    const ticked = await this.#editOne(spec, { ...this.#ticking(), written });
    if (ticked !== null) await this.#took(spec, ticked);
  }

  /** Looks whether ticks that an editor holds are still there. Those that a person took back stay so; those that were lost come again. */
  async #review(spec: OpenSpec, news: EditorNews, text: string): Promise<void> {
    const mine = this.#inEditors.get(spec);
    if (!mine) return;
    if (news === "lost") this.#inEditors.delete(spec);
    if (news === "lost") return;
    const { specPath } = this.#plan;
    const marks = this.#plan.steps.filter(({ id }) => mine.has(id));
    const file = await readSpecFile(this.#options.folder, specPath).catch(() => null);
    const shown = doneIn(text, specPath, marks, this.#ticking());
    const isSaved = file !== null && shownText(file.text) === shownText(text);
    if (!isSaved && news === "changed") {
      for (const { id } of marks) if (!shown.has(id)) mine.delete(id);
      return;
    }
    this.#inEditors.delete(spec);
    const kept = file === null ? shown : doneIn(file.text, specPath, marks, this.#ticking());
    // Closed without saving, or all of it was thrown away: what was ticked there goes into the file.
    const lost = [...mine].filter(([id, isOwn]) => isOwn && !kept.has(id));
    if (lost.length === 0) return;
    for (const [id, isOwn] of mine) if (!isOwn) this.#written.delete(id);
    for (const [id] of lost) this.#written.delete(id);
    this.#schedule();
  }

  /** Remembers what was set and keeps the evidence for it, and what was newly left alone. */
  async #record({ boxes, left }: TickResult, into: "file" | "editor"): Promise<void> {
    for (const { task } of boxes) this.#written.add(task);
    if (into === "file" && this.#away > 0) for (const { task } of boxes) this.#missed.add(task);
    const news = left.filter(({ task, reason }) => this.#told.get(task) !== reason);
    for (const { task, reason } of news) this.#told.set(task, reason);
    if (boxes.length === 0 && news.length === 0) return;
    const event: BoxesWritten = {
      type: "boxes.written",
      specPath: this.#plan.specPath,
      into,
      boxes: boxes.map(({ task, title, line, from, to, isOwn }): WrittenBox => {
        const evidence = isOwn ? (this.#finished.get(task) ?? null) : null;
        return { task, title, line, from, to, evidence };
      }),
      left: news.map(({ task, title, line, reason }) => ({ task, title, line, reason })),
    };
    // The ticks are true without it, and what keeps the record from being written is told by whoever writes it.
    await this.#options.note(event).catch(() => undefined);
  }

  #marks(): TickMark[] {
    return this.#plan.steps.filter(({ id }) => this.#finished.has(id));
  }

  #ticking(): Ticking {
    const { planId, specPath, reading, dialect } = this.#plan;
    const options = { ...reading, dialect };
    this.#base ??= new BoxBase(this.#options.textOf(planId), specPath, options);
    return { base: this.#base, options, written: this.#written };
  }
}

function noticesOf({ left }: TickResult): string[] {
  return left.filter(({ tell }) => tell).map(leftNotice);
}
