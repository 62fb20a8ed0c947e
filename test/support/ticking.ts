import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { EventOf } from "../../schemas/event.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { SpecReading } from "../../schemas/spec.ts";
import { BoxTicker, type Completion } from "../../worker/server/box-ticker.ts";
import { OpenEditors, type OpenSpec, type SpecDesk } from "../../worker/server/open-editors.ts";
import { replaceAt, type Replacement } from "../../worker/spec/replace-at.ts";
import { parseSpec } from "../../worker/spec/parse.ts";
import { FakeClock } from "./fake-clock.ts";
import { planOfDocument } from "./planning.ts";

export type BoxesWritten = Pick<EventOf<"boxes.written">, "type" | "specPath" | "into" | "boxes" | "left">;

export const DONE: Completion = {
  attempt: 1,
  at: "2026-01-01T00:00:00.000Z",
  proof: { exitCode: 0, check: null, outputs: [] },
};

/** A workspace with one spec, its plan, and what ticks the boxes of an execution of it. Call `remove` at the end. */
export class TickingWorld {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "planwright-boxes-")));
  readonly path: string;
  readonly clock = new FakeClock();
  readonly editors = new OpenEditors();
  readonly events: BoxesWritten[] = [];
  readonly plan: Plan;
  /** How long a write takes, by the clock. */
  lasts = 0;
  readonly #text: string;
  #ticker: BoxTicker;

  constructor(text: string, path = "test.spec.md", reading: Partial<SpecReading> = {}) {
    this.path = path;
    this.#text = text;
    this.write(text);
    const spec = parseSpec(text, path, reading);
    const plan = planOfDocument(spec);
    this.plan = { ...plan, specPath: path, reading: { ...plan.reading, ...reading } };
    this.#ticker = this.#newTicker();
  }

  get file(): string {
    return join(this.folder, this.path);
  }

  read(): string {
    return readFileSync(this.file, "utf8");
  }

  write(text: string): void {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, text);
  }

  get ticker(): BoxTicker {
    return this.#ticker;
  }

  /** Steps have completed, and their boxes are due. Resolves with what was left alone. */
  async finish(...ids: string[]): Promise<readonly string[]> {
    const known = new Set(this.plan.steps.map(({ id }) => id));
    for (const id of ids) {
      assert.ok(known.has(id), `${id} is a step: ${[...known].join()}`);
      this.#ticker.add(id, DONE);
    }
    return this.#ticker.flush();
  }

  /** Another worker goes on with the execution, from its record. */
  restart(...done: string[]): void {
    this.#ticker.close();
    this.#ticker = this.#newTicker();
    for (const event of this.events)
      this.#ticker.recall({ v: 1, executionId: "e", seq: 2, at: "2026-01-01T00:00:00.000Z", t: 0, ...event });
    for (const id of done) this.#ticker.add(id, DONE);
  }

  /** Somebody opens the file in an editor. `kept`: its window shows again what was not saved. */
  edit(kept?: string): FakeEditor {
    return new FakeEditor(this, kept);
  }

  remove(): void {
    this.#ticker.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #newTicker(): BoxTicker {
    const { folder, plan, clock, editors } = this;
    return new BoxTicker({
      atEnd: false,
      folder,
      plan,
      clock,
      editors,
      textOf: () => this.#text,
      note: async (event) => {
        this.clock.freeze(this.lasts);
        this.events.push(event);
      },
    });
  }
}

/** An editor with the spec open, that behaves as VS Code does. */
export class FakeEditor implements OpenSpec {
  readonly path: string;
  version = 1;
  /** Labels of the edits that it made for us. */
  readonly edits: string[] = [];
  /** What happens when it is asked to change something. */
  onChange: () => boolean = () => true;
  readonly #world: TickingWorld;
  readonly #desk: SpecDesk;
  #texts: string[];

  constructor(world: TickingWorld, kept?: string) {
    this.#world = world;
    this.path = world.path;
    this.#texts = [kept ?? shown(world.read())];
    this.#desk = world.editors.opened(this, world.read());
  }

  get text(): string {
    return this.#texts.at(-1) ?? "";
  }

  type(text: string): void {
    this.#texts.push(text);
    this.version += 1;
    this.#desk.changed();
  }

  undo(): void {
    this.#texts.pop();
    this.version += 1;
    this.#desk.changed();
  }

  save(): void {
    this.#world.write(this.text);
    this.#desk.saved();
  }

  /** As of a clean editor whose file another program has changed. */
  reload(): void {
    this.type(shown(this.#world.read()));
  }

  /** "Don't Save": the text is that of the file again, and then it closes. */
  discard(): void {
    this.reload();
    this.#desk.closed();
  }

  /** Closes as it is, with what is not saved. */
  close(): void {
    this.#desk.closed();
  }

  /** Its window is gone. */
  lose(): void {
    this.#desk.lost();
  }

  async change(places: readonly Replacement[], version: number, label: string): Promise<boolean> {
    if (!this.onChange() || version !== this.version) return false;
    this.edits.push(label);
    this.type(replaceAt(this.text, places));
    return true;
  }
}

function shown(text: string): string {
  return text.replace(/^\uFEFF/, "").replace(/\r\n/g, "\n");
}
