import type { Diagnostic, SourceRange } from "../../schemas/diagnostic.ts";
import type { SpecCheckpoint, SpecTask } from "../../schemas/spec.ts";
import { isCheckpoint } from "./checkpoint-words.ts";
import { finishTasks } from "./finish-tasks.ts";
import {
  boxOf,
  columnOf,
  ItemContent,
  paragraphText,
  taskOf,
  type ItemReader,
  type ItemTask,
  type Subtask,
} from "./item-content.ts";
import { readLegend, type Legend } from "./legend.ts";
import { NESTING_LIMIT, parseBlocks, type Block, type ListItem } from "./markdown.ts";
import type { MarkdownDialect, TaskWords } from "./markdown-dialect.ts";
import { hidesBoxes } from "./near-boxes.ts";
import { plainTitle } from "./plain-title.ts";
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

/**
 * Reads the body of a Markdown file as a dialect has it (semantics, Specs). Offsets before `bodyStart` are left out. Without
 * `optional` the tasks that are marked so count as skipped.
 */
export function readMarkdownBody(
  source: SourceText,
  bodyStart: number,
  { dialect, optional }: { dialect: MarkdownDialect; optional: boolean },
): DialectBody {
  // Blanks instead of a shorter text keep all offsets those of the file.
  const padded = bodyStart === 0 ? source.text : `${" ".repeat(bodyStart - 1)}\n${source.text.slice(bodyStart)}`;
  return new MarkdownReader(source, dialect, readLegend(source, bodyStart), optional).read(parseBlocks(padded));
}

/** References of a whole file; ranges make many of few words. */
const REQUIREMENT_LIMIT = 500_000;

class MarkdownReader implements ItemReader {
  readonly source: SourceText;
  readonly dialect: MarkdownDialect;
  readonly legend: Legend;
  readonly diagnostics: Diagnostic[] = [];
  readonly #drafts: TaskDraft[] = [];
  readonly #checkpoints: CheckpointDraft[] = [];
  readonly #preamble: { from: number; to: number; heading: boolean }[] = [];
  #headings: { level: number; title: string }[] = [];
  #title: string | null = null;
  #sequence: TaskDraft[] = [];
  /** A heading has ended the `[P]` group above it. */
  #endsGroup = false;
  #phase: { title: string; range: SourceRange } | null = null;
  readonly #byOwnId = new Map<string, TaskDraft>();
  readonly #optional: boolean;
  #requirementCount = 0;
  readonly #refused: ListItem[] = [];
  #isTooDeep = false;
  /** The last task that is nested too deeply; text that follows it belongs to it. */
  #lastDeep: TaskDraft | null = null;

  constructor(source: SourceText, dialect: MarkdownDialect, legend: Legend, optional: boolean) {
    this.#optional = optional;
    this.source = source;
    this.legend = legend;
    this.dialect = dialect;
  }

  read(blocks: readonly Block[]): DialectBody {
    for (let at = 0; at < blocks.length;) at = this.#readBlock(blocks, at);
    this.#tellRefused();
    const finished = finishTasks(this.#drafts, this.#checkpoints, this.dialect.order?.bind(this.dialect));
    return {
      title: this.#title,
      preamble: this.#preambleText(),
      tasks: finished.tasks,
      checkpoints: finished.checkpoints,
      diagnostics: [...this.diagnostics, ...finished.diagnostics],
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
      for (const item of block.items) if (this.#isRefused(item)) this.#refused.push(item);
      const owner = this.#ownerOf(block, blocks[at - 1]);
      const outside = new ItemContent(this, (subtask) => this.#addSubtask(subtask, owner));
      outside.add([block], false);
      outside.finish(0);
      if (outside.own.command !== undefined) this.#ignoreCommand(block);
    } else if (block.kind === "deep") {
      this.#addSubtask({ kind: "deep", from: block.from, to: block.to }, null);
    } else if (block.kind === "fence") {
      if (block.language === "sh") this.#ignoreCommand(block);
      if (at === blocks.length - 1) this.#tellOpenCode(block);
      const isTaken = this.dialect.readFence?.(block, this.#headings.at(-1)?.title ?? "") ?? false;
      if (!isTaken) this.#addPreamble(block);
    } else if (block.kind !== "comment" && block.kind !== "rule") {
      this.#addPreamble(block);
      new ItemContent(this, () => undefined).keepText(block.from, block.to);
    }
    return at + 1;
  }

  #readHeading(block: Block & { kind: "heading" }, blocks: readonly Block[], at: number): number {
    const title = plainTitle(block.title);
    const words = this.dialect.readHeading?.(title, block.level) ?? null;
    if (words) {
      let end = at + 1;
      while (end < blocks.length && !this.#endsHeadingTask(block.level, blocks[end])) end += 1;
      this.#addHeadingTask(words, block, blocks.slice(at + 1, end));
      return end;
    }
    this.#title ??= title === "" ? null : title;
    this.#headings = this.#headings.filter((heading) => heading.level < block.level);
    this.#headings.push({ level: block.level, title });
    const begins = this.dialect.headingBegins(block.level, title);
    if (begins === "group") this.#endsGroup = true;
    else if (begins !== "nothing") this.#sequence = [];
    if (begins === "phase")
      this.#phase = { title, range: this.source.range(block.from, this.source.lineEnd(block.from)) };
    if (!isCheckpoint(block.title)) {
      this.#addPreamble(block);
      return at + 1;
    }
    let end = at + 1;
    while (end < blocks.length && !this.#endsCheckpoint(blocks[end])) end += 1;
    this.#addCheckpoint(title, block, blocks.slice(at + 1, end));
    return end;
  }

  /** What stands below a deeper heading still belongs to the task, unless it is one itself. */
  #endsHeadingTask(level: number, block: Block | undefined): boolean {
    if (block?.kind === "paragraph") return isCheckpoint(paragraphText(this.source, block.from, block.to));
    if (block?.kind !== "heading") return block === undefined || block.kind === "deep";
    const title = plainTitle(block.title);
    return block.level <= level || isCheckpoint(title) || this.dialect.readHeading?.(title, block.level) !== null;
  }

  #endsCheckpoint(block: Block | undefined): boolean {
    if (block?.kind === "paragraph") return isCheckpoint(paragraphText(this.source, block.from, block.to));
    return block === undefined || block.kind === "heading" || block.kind === "deep" || this.#holdsTask(block);
  }

  #readParagraph(block: Block, blocks: readonly Block[], at: number): number {
    const text = paragraphText(this.source, block.from, block.to);
    if (isCheckpoint(text)) {
      const next = blocks[at + 1];
      const script = next?.kind === "fence" && next.language === "sh" ? [next] : [];
      this.#addCheckpoint(plainTitle(text), block, script);
      return at + 1 + script.length;
    }
    this.#addPreamble(block);
    new ItemContent(this, () => undefined).keepText(block.from, block.to);
    return at + 1;
  }

  /** A heading or paragraph that is a checkpoint, with what stands directly below it. With instructions it is a step too. */
  #addCheckpoint(title: string, block: Block, below: readonly Block[]): void {
    const before = this.#drafts.length;
    const range = this.source.range(block.from, this.source.lineEnd(block.from));
    const content = new ItemContent(this, () => undefined);
    content.add(below, true);
    const instructions = content.finish(0);
    let task: TaskDraft | null = null;
    if (instructions !== "" || Object.keys(content.own).length > 0) {
      const end = below.at(-1)?.to ?? block.to;
      // It has no siblings: it holds back by being a checkpoint.
      const sequence = this.#sequence;
      this.#sequence = [];
      const place = { range: this.source.range(block.from, end), titleRange: range, box: null };
      task = this.#newDraft({ title }, " ", null, place);
      this.#sequence = sequence;
      task.own = content.own;
      task.needsRange = content.needsRange;
      task.instructions = instructions;
    }
    this.#checkpoints.push({ kind: "checkpoint", title, before, task, range });
  }

  #addSubtask(subtask: Subtask, parent: TaskDraft | null): void {
    if (subtask.kind === "item") this.#addItem(subtask, parent);
    else this.#addDeepLine(subtask.from, subtask.to, parent);
  }

  #addItem({ item, mark, words }: ItemTask, around: TaskDraft | null): void {
    const { source } = this;
    const lineEnd = source.lineEnd(item.content);
    const titleRange = source.range(item.from, lineEnd);
    const before = this.#drafts.length;
    const draft = this.#newDraft(words, mark, around, {
      range: source.range(item.from, item.to),
      titleRange,
      box: source.range(item.content + 1, item.content + 2),
    });
    if (draft.checkpoint) {
      this.#checkpoints.push({ kind: "checkpoint", title: draft.title, before, task: draft, range: titleRange });
    }
    if (draft.title === "") {
      const message = "this box has no title: write what is to be done behind it";
      this.diagnostics.push({ code: "bad-value", severity: "error", message, range: titleRange, steps: [] });
    }
    const content = new ItemContent(this, (subtask) => this.#addSubtask(subtask, draft));
    const [first, ...rest] = item.blocks;
    if (first?.kind === "paragraph") content.keepText(nextLine(source, lineEnd, first.to), first.to);
    content.add(rest, true);
    draft.instructions = content.finish(columnOf(source, item.content));
    const titleEnd = first?.kind === "paragraph" ? Math.max(first.to, lineEnd) : lineEnd;
    this.#complete(draft, words, content, { from: item.content + 3, to: titleEnd });
  }

  /** A heading that is a task, with what stands below it up to the next heading. */
  #addHeadingTask(words: TaskWords, block: Block, below: readonly Block[]): void {
    const { source } = this;
    const titleRange = source.range(block.from, source.lineEnd(block.from));
    const end = below.at(-1)?.to ?? block.to;
    const draft = this.#newDraft(words, " ", null, { range: source.range(block.from, end), titleRange, box: null });
    const content = new ItemContent(this, (subtask) => this.#addSubtask(subtask, draft));
    content.add(below, true);
    draft.instructions = content.finish(0);
    this.#complete(draft, words, content, { from: block.from, to: titleRange.end });
  }

  /** What the text of a task says of it, besides its instructions. `title` is the paragraph with its title. */
  #complete(draft: TaskDraft, words: TaskWords, content: ItemContent, title: Span): void {
    draft.own = content.own;
    draft.needsRange = content.needsRange;
    if (words.id !== undefined) draft.own.id = words.id;
    if (!this.dialect.readText) return;
    const below = content.kept.filter(({ from }) => from >= title.to);
    for (const { from, to } of [title, ...below]) {
      const facts = this.dialect.readText(this.source.text.slice(from, to), from, from === title.from);
      const requirements = facts.requirements ?? [];
      this.#requirementCount += requirements.length;
      if (this.#requirementCount <= REQUIREMENT_LIMIT) draft.requirements.push(...requirements);
      if (facts.files && facts.files.length > 0)
        draft.own.files = [...new Set([...(draft.own.files ?? []), ...facts.files])];
      if (!facts.needs) continue;
      draft.own.needs = [...(draft.own.needs ?? []), ...facts.needs];
      if (facts.needsPlace) draft.needsRange ??= this.source.range(facts.needsPlace.from, facts.needsPlace.to);
    }
  }

  /** A line that is nested too deeply still gives a task, as a child of the deepest one that could be followed. */
  #addDeepLine(from: number, to: number, parent: TaskDraft | null): void {
    const { source } = this;
    const end = source.lineEnd(from);
    const range = source.range(from, end);
    if (!this.#isTooDeep) {
      this.#isTooDeep = true;
      const message = `lists are nested deeper than ${NESTING_LIMIT} levels here: what is below this level is read as one flat list; nest less`;
      this.diagnostics.push({ code: "too-deep", severity: "error", message, range, steps: [] });
    }
    const match = /^((?:(?:[-*+]|\d{1,9}[.)])[ \t]+|>[ \t]?)*)\[([ xX~-])\](?=(?:\\?\*)?(?:[ \t]|$))/.exec(
      source.text.slice(from, end),
    );
    const box = from + (match?.[1] ?? "").length + 1;
    const words = match && this.dialect.readItem(source.text.slice(box + 2, end), match[2] ?? " ");
    if (!words) {
      const owner = this.#lastDeep ?? parent;
      const line = source.text.slice(from, Math.min(end, to)).trim();
      if (owner) owner.instructions = owner.instructions === "" ? line : `${owner.instructions}\n${line}`;
      return;
    }
    const place = { range, titleRange: range, box: source.range(box, box + 1) };
    this.#lastDeep = this.#newDraft(words, match[2] ?? " ", parent, place);
    if (words.id !== undefined) this.#lastDeep.own.id = words.id;
  }

  /** `around`: the task that it stands in. */
  #newDraft(
    words: TaskWords,
    mark: string,
    around: TaskDraft | null,
    place: { range: SourceRange; titleRange: SourceRange; box: SourceRange | null },
  ): TaskDraft {
    this.#beginPhase();
    const parent = this.#parentOf(words, around);
    const siblings = parent?.children ?? this.#sequence;
    const state = this.legend.stateOf(mark);
    const isLeftOut = state === "open" && !this.#optional && (words.optional === true || parent?.leftOut === true);
    const draft: TaskDraft = {
      title: words.title,
      state: isLeftOut ? "skipped" : state,
      leftOut: isLeftOut,
      parallel: words.parallel ?? false,
      beginsGroup: this.#endsGroup && parent === null,
      optional: words.optional ?? false,
      checkpoint: isCheckpoint(words.title),
      parent,
      children: [],
      siblings,
      section: this.#headings.map((heading) => heading.title),
      ...place,
      own: {},
      requirements: [...(words.requirements ?? [])],
      needsRange: null,
      instructions: "",
    };
    this.#endsGroup &&= parent !== null;
    siblings.push(draft);
    this.#drafts.push(draft);
    if (words.id !== undefined) this.#byOwnId.set(words.id, draft);
    return draft;
  }

  #parentOf({ id }: TaskWords, around: TaskDraft | null): TaskDraft | null {
    const { dialect } = this;
    if (!dialect.parentId) return around;
    let above = id === undefined ? null : dialect.parentId(id);
    while (above !== null) {
      const parent = this.#byOwnId.get(above);
      if (parent) return parent;
      above = dialect.parentId(above);
    }
    return null;
  }

  /** A phase that was begun by a heading holds its first task back, unless a checkpoint does already. */
  #beginPhase(): void {
    const phase = this.#phase;
    const before = this.#drafts.length;
    this.#phase = null;
    if (phase === null || before === 0) return;
    const last = this.#checkpoints.at(-1);
    if (last?.before === before && last.task === null) return;
    this.#checkpoints.push({ kind: "phase", title: phase.title, before, task: null, range: phase.range });
  }

  #holdsTask(block: Block): boolean {
    if (block.kind === "deep") return true;
    if (block.kind !== "list") return false;
    return block.items.some(
      (item) => taskOf(this, item) !== null || item.blocks.some((inner) => this.#holdsTask(inner)),
    );
  }

  /**
   * The task that a list belongs to although Markdown sees two lists: below `1. [ ] a` people indent by two blanks, and Markdown wants
   * three. Null: it stands for itself.
   */
  #ownerOf(list: Block & { kind: "list" }, before: Block | undefined): TaskDraft | null {
    const [last, first] = [before?.kind === "list" ? before.items.at(-1) : undefined, list.items[0]];
    if (!last || !first || last.bullet) return null;
    const deeper = columnOf(this.source, first.from) - columnOf(this.source, last.from);
    if (deeper < 2) return null;
    for (let at = this.#drafts.length - 1; at >= 0; at -= 1) {
      const draft = this.#drafts[at];
      if (draft === undefined || draft.range.start <= last.from) return draft?.range.start === last.from ? draft : null;
    }
    return null;
  }

  #isRefused(item: ListItem): boolean {
    return (
      boxOf(this.source, item) !== null &&
      taskOf(this, item) === null &&
      !this.legend.isEntry(this.source.lineAt(item.from))
    );
  }

  /** Boxes outside of tasks that the dialect does not count as such, told once: many files end with a list of what to look at. */
  #tellRefused(): void {
    const [first] = this.#refused;
    const { needsInBox } = this.dialect;
    if (!first || needsInBox === undefined) return;
    const count = this.#refused.length;
    const what =
      count === 1
        ? "this box is no task, because it stands there"
        : `this box and ${count - 1} more are no tasks, because they stand there`;
    const message = `${what} without ${needsInBox}`;
    const range = this.source.range(first.from, this.source.lineEnd(first.content));
    this.diagnostics.push({ code: "ignored-task", severity: "info", message, range, steps: [] });
  }

  #ignoreCommand(block: Block): void {
    if (this.dialect.attributes !== "all") return;
    const message = "this `sh` block belongs to no task and is not run: indent it under the task that it belongs to";
    const range = this.source.range(block.from, this.source.lineEnd(block.from));
    this.diagnostics.push({ code: "ignored-command", severity: "info", message, range, steps: [] });
  }

  #tellOpenCode({ from, to }: Block): void {
    if (!hidesBoxes(this.source.text.slice(from, to))) return;
    const message =
      "this block of code has no end, so the boxes in it are no tasks: end it with a line like its first one";
    const range = this.source.range(from, this.source.lineEnd(from));
    this.diagnostics.push({ code: "ignored-task", severity: "warning", message, range, steps: [] });
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
    return parts.map(({ from, to }) => this.source.lines(from, to).join("\n").trimEnd()).join("\n\n");
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function nextLine(source: SourceText, lineEnd: number, limit: number): number {
  const at = source.text.indexOf("\n", lineEnd);
  return at < 0 || at >= limit ? limit : at + 1;
}
