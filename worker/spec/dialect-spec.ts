import type { Diagnostic, SourceRange } from "../../schemas/diagnostic.ts";
import type { SpecCheckpoint, SpecTask, TaskState } from "../../schemas/spec.ts";
import { finishTasks } from "./finish-tasks.ts";
import { boxOf, columnOf, ItemContent, paragraphText, type Subtask } from "./item-content.ts";
import { NESTING_LIMIT, parseBlocks, type Block, type ListItem } from "./markdown.ts";
import type { SourceText } from "./source-text.ts";
import type { CheckpointDraft, TaskDraft } from "./task-draft.ts";

/** What a dialect makes of the body of a file, below its front matter. */
export interface DialectBody {
  readonly title: string | null;
  readonly preamble: string;
  readonly tasks: SpecTask[];
  readonly checkpoints: SpecCheckpoint[];
  readonly diagnostics: Diagnostic[];
}

/** Reads the body of a file in our own dialect (semantics, Specs). Offsets before `bodyStart` are left out. */
export function readSpecBody(source: SourceText, bodyStart: number): DialectBody {
  // Blanks instead of a shorter text keep all offsets those of the file.
  const text = " ".repeat(bodyStart) + source.text.slice(bodyStart);
  const padded = bodyStart > 0 ? `${text.slice(0, bodyStart - 1)}\n${text.slice(bodyStart)}` : text;
  return new SpecReader(source).read(parseBlocks(padded));
}

/** "Checkpoint" as the first word, bold or not. */
function isCheckpoint(text: string): boolean {
  return /^[*_`]{0,4}checkpoint(?![\p{L}\p{N}])/iu.test(text);
}

class SpecReader {
  readonly #source: SourceText;
  readonly #diagnostics: Diagnostic[] = [];
  readonly #drafts: TaskDraft[] = [];
  readonly #checkpoints: CheckpointDraft[] = [];
  readonly #preamble: { from: number; to: number; heading: boolean }[] = [];
  #headings: { level: number; title: string }[] = [];
  #title: string | null = null;
  #sequence: TaskDraft[] = [];
  #isTooDeep = false;
  /** The last task that is nested too deeply; text that follows it belongs to it. */
  #lastDeep: TaskDraft | null = null;

  constructor(source: SourceText) {
    this.#source = source;
  }

  read(blocks: readonly Block[]): DialectBody {
    for (let at = 0; at < blocks.length;) at = this.#readBlock(blocks, at);
    const finished = finishTasks(this.#drafts, this.#checkpoints);
    return {
      title: this.#title,
      preamble: this.#preambleText(),
      tasks: finished.tasks,
      checkpoints: finished.checkpoints,
      diagnostics: [...this.#diagnostics, ...finished.diagnostics],
    };
  }

  /** Returns the index of the block to go on with. */
  #readBlock(blocks: readonly Block[], at: number): number {
    const block = blocks[at];
    if (!block) return at + 1;
    if (block.kind === "heading") return this.#readHeading(block, blocks, at);
    if (block.kind === "paragraph") return this.#readParagraph(block, blocks, at);
    if (block.kind === "list") {
      if (!this.#holdsTask(block)) this.#addPreamble(block);
      const outside = new ItemContent(this.#source, this.#diagnostics, (subtask) => this.#addSubtask(subtask, null));
      outside.add([block], false);
      outside.finish(0);
      if (outside.own.command !== undefined) this.#ignoreCommand(block);
    } else if (block.kind === "deep") {
      this.#addSubtask({ kind: "deep", from: block.from, to: block.to }, null);
    } else if (block.kind === "fence") {
      if (block.language === "sh") this.#ignoreCommand(block);
      this.#addPreamble(block);
    } else if (block.kind !== "comment" && block.kind !== "rule") {
      this.#addPreamble(block);
      new ItemContent(this.#source, this.#diagnostics, () => undefined).keepText(block.from, block.to);
    }
    return at + 1;
  }

  #readHeading(block: Block & { kind: "heading" }, blocks: readonly Block[], at: number): number {
    this.#title ??= block.title === "" ? null : plainTitle(block.title);
    this.#headings = this.#headings.filter((heading) => heading.level < block.level);
    this.#headings.push({ level: block.level, title: plainTitle(block.title) });
    this.#sequence = [];
    if (!isCheckpoint(block.title)) {
      this.#addPreamble(block);
      return at + 1;
    }
    let end = at + 1;
    while (end < blocks.length && !this.#endsCheckpoint(blocks[end])) end += 1;
    this.#addCheckpoint(plainTitle(block.title), block, blocks.slice(at + 1, end));
    return end;
  }

  #endsCheckpoint(block: Block | undefined): boolean {
    if (block?.kind === "paragraph") return isCheckpoint(paragraphText(this.#source, block.from, block.to));
    return block === undefined || block.kind === "heading" || block.kind === "deep" || this.#holdsTask(block);
  }

  #readParagraph(block: Block, blocks: readonly Block[], at: number): number {
    const text = paragraphText(this.#source, block.from, block.to);
    if (isCheckpoint(text)) {
      const next = blocks[at + 1];
      const script = next?.kind === "fence" && next.language === "sh" ? [next] : [];
      this.#addCheckpoint(plainTitle(text), block, script);
      return at + 1 + script.length;
    }
    this.#addPreamble(block);
    new ItemContent(this.#source, this.#diagnostics, () => undefined).keepText(block.from, block.to);
    return at + 1;
  }

  /** A heading or paragraph that is a checkpoint, with what stands directly below it. With instructions it is a step too. */
  #addCheckpoint(title: string, block: Block, below: readonly Block[]): void {
    const before = this.#drafts.length;
    const range = this.#source.range(block.from, this.#source.lineEnd(block.from));
    const content = new ItemContent(this.#source, this.#diagnostics, () => undefined);
    content.add(below, true);
    const instructions = content.finish(0);
    let task: TaskDraft | null = null;
    if (instructions !== "" || Object.keys(content.own).length > 0) {
      const end = below.at(-1)?.to ?? block.to;
      task = this.#newDraft(title, "open", null, [], { range: this.#source.range(block.from, end), titleRange: range });
      task.own = content.own;
      task.needsRange = content.needsRange;
      task.instructions = instructions;
    }
    this.#checkpoints.push({ title, before, task, range });
  }

  #addSubtask(subtask: Subtask, parent: TaskDraft | null): void {
    if (subtask.kind === "item") this.#addItem(subtask.item, subtask.mark, parent);
    else this.#addDeepLine(subtask.from, subtask.to, parent);
  }

  #addItem(item: ListItem, mark: string, parent: TaskDraft | null): void {
    const source = this.#source;
    const lineEnd = source.lineEnd(item.content);
    const { title, parallel } = readTitle(source.text.slice(item.content + 3, lineEnd));
    const titleRange = source.range(item.from, lineEnd);
    const before = this.#drafts.length;
    const draft = this.#newDraft(
      title,
      mark === "x" || mark === "X" ? "done" : "open",
      parent,
      parent?.children ?? this.#sequence,
      {
        range: source.range(item.from, item.to),
        titleRange,
        box: source.range(item.content + 1, item.content + 2),
        parallel,
      },
    );
    if (draft.checkpoint) this.#checkpoints.push({ title, before, task: draft, range: titleRange });
    if (title === "") {
      const message = "this box has no title: write what is to be done behind it";
      this.#diagnostics.push({ code: "bad-value", severity: "error", message, range: titleRange, steps: [] });
    }
    const content = new ItemContent(source, this.#diagnostics, (subtask) => this.#addSubtask(subtask, draft));
    const [first, ...rest] = item.blocks;
    if (first?.kind === "paragraph") content.keepText(nextLine(source, lineEnd, first.to), first.to);
    content.add(rest, true);
    draft.instructions = content.finish(columnOf(source, item.content));
    draft.own = content.own;
    draft.needsRange = content.needsRange;
  }

  /** A line that is nested too deeply still gives a task, as a child of the deepest one that could be followed. */
  #addDeepLine(from: number, to: number, parent: TaskDraft | null): void {
    const source = this.#source;
    const end = source.lineEnd(from);
    if (!this.#isTooDeep) {
      this.#isTooDeep = true;
      const message = `lists are nested deeper than ${NESTING_LIMIT} levels here: what is below this level is read as one flat list; nest less`;
      this.#diagnostics.push({
        code: "too-deep",
        severity: "error",
        message,
        range: source.range(from, end),
        steps: [],
      });
    }
    const match = /^((?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?)*)\[([ xX~-])\](?:[ \t]+|$)/.exec(
      source.text.slice(from, end),
    );
    if (!match) {
      const owner = this.#lastDeep ?? parent;
      const line = source.text.slice(from, Math.min(end, to)).trim();
      if (owner) owner.instructions = owner.instructions === "" ? line : `${owner.instructions}\n${line}`;
      return;
    }
    const box = from + (match[1] ?? "").length + 1;
    const { title, parallel } = readTitle(source.text.slice(box + 2, end));
    this.#lastDeep = this.#newDraft(
      title,
      match[2] === "x" || match[2] === "X" ? "done" : "open",
      parent,
      parent?.children ?? this.#sequence,
      {
        range: source.range(from, end),
        titleRange: source.range(from, end),
        box: source.range(box, box + 1),
        parallel,
      },
    );
  }

  #newDraft(
    title: string,
    state: TaskState,
    parent: TaskDraft | null,
    siblings: TaskDraft[],
    place: { range: SourceRange; titleRange: SourceRange; box?: SourceRange; parallel?: boolean },
  ): TaskDraft {
    const draft: TaskDraft = {
      title,
      state,
      parallel: place.parallel ?? false,
      checkpoint: isCheckpoint(title),
      parent,
      children: [],
      siblings,
      section: this.#headings.map((heading) => heading.title),
      range: place.range,
      titleRange: place.titleRange,
      box: place.box ?? null,
      own: {},
      needsRange: null,
      instructions: "",
    };
    siblings.push(draft);
    this.#drafts.push(draft);
    return draft;
  }

  #holdsTask(block: Block): boolean {
    if (block.kind === "deep") return true;
    if (block.kind !== "list") return false;
    return block.items.some(
      (item) => boxOf(this.#source, item) !== null || item.blocks.some((inner) => this.#holdsTask(inner)),
    );
  }

  #ignoreCommand(block: Block): void {
    const message = "this `sh` block belongs to no task and is not run: indent it under the task that it belongs to";
    const range = this.#source.range(block.from, this.#source.lineEnd(block.from));
    this.#diagnostics.push({ code: "ignored-command", severity: "info", message, range, steps: [] });
  }

  #addPreamble(block: Block): void {
    if (this.#drafts.length > 0) return;
    this.#preamble.push({ from: block.from, to: block.to, heading: block.kind === "heading" });
  }

  /** Headings stay where text follows them; the one that is the title goes. */
  #preambleText(): string {
    const parts = [...this.#preamble];
    while (parts.at(-1)?.heading === true) parts.pop();
    if (parts[0]?.heading === true) parts.shift();
    return parts.map(({ from, to }) => this.#source.lines(from, to).join("\n").trimEnd()).join("\n\n");
  }
}

function nextLine(source: SourceText, lineEnd: number, limit: number): number {
  const at = source.text.indexOf("\n", lineEnd);
  return at < 0 || at >= limit ? limit : at + 1;
}

/** The words after a box: an optional `[P]`, then the title without comments and without bold marks around it. */
function readTitle(text: string): { title: string; parallel: boolean } {
  const match = /^[ \t]*(?:\[P\](?=[ \t]|$))?/.exec(text);
  const mark = match?.[0] ?? "";
  return { title: plainTitle(text.slice(mark.length)), parallel: mark.includes("P") };
}

/** Takes bold marks and comments out of a title. */
function plainTitle(text: string): string {
  let plain = text.trim();
  if (plain.includes("<!--")) plain = plain.replace(/<!--(?:(?!<!--).){0,500}?-->/g, "").trim();
  if (plain.includes("**")) plain = plain.replace(/\*\*/g, "");
  if (/^__[^_]/.test(plain)) plain = plain.replace(/__/g, "");
  return plain.replace(/\s+/g, " ").trim();
}
