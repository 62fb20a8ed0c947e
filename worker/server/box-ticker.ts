import type { Plan } from "../../schemas/plan.ts";
import { tickBoxes, type TickMark } from "../spec/write-back.ts";
import { readSpecFile, replaceSpecFile } from "./spec-file.ts";

/** Boxes are written at most this often while an execution runs. */
const INTERVAL_MS = 1_000;
const TRIES = 5;

/** Ticks the boxes of finished steps in the spec (catalogue A8), a few at a time, one writer. */
export class BoxTicker {
  readonly #folder: string;
  #plan: Plan;
  readonly #finished = new Set<string>();
  #notices: readonly string[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, plan: Plan) {
    this.#folder = folder;
    this.#plan = plan;
  }

  /** A step has completed for real. Its box follows soon. */
  add(stepId: string): void {
    this.#finished.add(stepId);
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writing = this.#writing.then(() => this.#write());
    }, INTERVAL_MS);
  }

  /** The execution goes on under another plan of the same spec. */
  follow(plan: Plan): void {
    this.#plan = plan;
  }

  /** These steps are begun anew. A box that is ticked already stays ticked: only a person takes that back. */
  forget(stepIds: readonly string[]): void {
    for (const stepId of stepIds) this.#finished.delete(stepId);
  }

  /** Writes what is missing now. Resolves with what was left alone and why; never rejects. */
  async flush(): Promise<readonly string[]> {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
    return this.#notices;
  }

  /** All finished steps are marked each time: what stands already is left as it is. */
  async #write(): Promise<void> {
    if (this.#finished.size === 0) return;
    try {
      for (let round = 0; round < TRIES; round += 1) {
        const file = await readSpecFile(this.#folder, this.#plan.specPath);
        const ticked = tickBoxes(file.text, this.#plan.specPath, this.#marks());
        this.#notices = ticked.notices;
        if (!ticked.changed || (await replaceSpecFile(file.path, file.text, ticked.text))) return;
      }
      this.#notices = [`the boxes of ${this.#plan.specPath} were not ticked: the file kept changing`];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#notices = [`the boxes of ${this.#plan.specPath} were not ticked: ${why}`];
    }
  }

  #marks(): TickMark[] {
    return this.#plan.steps
      .filter(({ id }) => this.#finished.has(id))
      .map(({ id, title, line, fingerprint }) => ({ id, title, line, fingerprint }));
  }
}
