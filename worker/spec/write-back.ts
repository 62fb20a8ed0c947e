import type { SpecDocument, SpecTask } from "../../schemas/spec.ts";
import type { BoxBase, TickMark } from "./box-base.ts";
import { boxMarks } from "./box-marks.ts";
import { BoxSetter, type SetBox } from "./box-setter.ts";
import { parseSpec, type ParseOptions } from "./parse.ts";
import { replaceAt } from "./replace-at.ts";

/** A box that was left alone although its task is finished. */
export interface LeftAlone {
  /** As the plan calls it. */
  readonly task: string;
  readonly title: string;
  /** Of the file as it is, or of the plan when the task is not found. */
  readonly line: number;
  readonly reason: string;
  /** Whether a person should be told: there is nothing to tell of a box that shows the right state already. */
  readonly tell: boolean;
}

export interface TickResult {
  readonly text: string;
  readonly changed: boolean;
  /** In the order of the file. The text is the old one with these replaced. */
  readonly boxes: readonly SetBox[];
  readonly left: readonly LeftAlone[];
}

export interface Ticking {
  /** What the file was when the plan was made. */
  readonly base: BoxBase;
  /** How the spec is read: as it was for the plan, so that its tasks are found again. */
  readonly options?: ParseOptions;
  /** Tasks whose boxes were set before, by id. When such a box is open again, a person has opened it, and it stays so. */
  readonly written?: ReadonlySet<string>;
}

/**
 * Ticks the boxes of finished tasks (semantics, Write-back; catalogue A8). Only what shows a state changes, and only from what it was
 * when the plan was made, or from "under way", to "done". The text is read anew, so a task is found wherever it stands now; when its
 * own words have changed, or a person has given its box another state, it is left alone. A parent without work of its own is ticked
 * after all its children, a bare checkpoint after all tasks before it.
 */
export function tickBoxes(text: string, path: string, marks: readonly TickMark[], ticking: Ticking): TickResult {
  const { base, options = {}, written = NOTHING } = ticking;
  const document = parseSpec(text, path, options);
  const left: LeftAlone[] = [];
  const find = base.finder(document.tasks);
  const finished = new Map<SpecTask, TickMark>();
  const leave = (mark: TickMark, line: number, reason: string, tell = true): void => {
    left.push({ task: mark.id, title: mark.title, line, reason, tell });
  };
  const other = (task: SpecTask, id: string): string | null => otherState(task, text, document, base.boxOf(id));
  for (const mark of marks) {
    // What never had a box is not missed, and the pieces of a task are what its box waits for.
    const isPart = base.isPiece(mark.id);
    if (mark.fingerprint === "" || (base.boxOf(mark.id) === null && !isPart)) continue;
    const task = find(mark);
    if (typeof task === "string") leave(mark, mark.line, task, !isPart);
    else if (isPart) finished.set(task, mark);
    else if (task.box === null) leave(mark, task.range.line, "it has no box any more");
    else if (task.state === "done") {
      if (!written.has(mark.id)) leave(mark, task.box.line, "it is ticked already", false);
    } else if (written.has(mark.id)) {
      leave(mark, task.box.line, "it was ticked by this execution and has been opened again since");
    } else {
      const state = other(task, mark.id);
      if (state === null) finished.set(task, mark);
      else leave(mark, task.box.line, `its state was changed to "${state}" since the plan was made`);
    }
  }
  const mayFollow = (task: SpecTask): boolean =>
    !written.has(task.id) && base.knows(task) && other(task, task.id) === null;
  const setter = new BoxSetter(document, text, { finished, mayFollow });
  for (const task of finished.keys()) setter.finish(task);
  if (setter.boxes.length > 0) setter.followCheckpoints();
  for (const [task, mark] of finished)
    if (!setter.isDone(task)) leave(mark, task.box?.line ?? mark.line, "tasks below it are not done yet");
  const boxes = setter.boxes.sort((a, b) => a.start - b.start);
  return { text: replaceAt(text, boxes), changed: boxes.length > 0, boxes, left };
}

/** Which of these tasks a text shows as done. One that cannot be found counts as not done. */
export function doneIn(text: string, path: string, marks: readonly TickMark[], ticking: Ticking): Set<string> {
  const { tasks } = parseSpec(text, path, ticking.options ?? {});
  const find = ticking.base.finder(tasks);
  const done = marks.filter((mark) => {
    const task = find(mark);
    return typeof task !== "string" && task.state === "done";
  });
  return new Set(done.map(({ id }) => id));
}

/** One sentence for people on a box that was left alone. */
export function leftNotice({ title, line, reason }: LeftAlone): string {
  return `the box of "${title}" (line ${line}) was left alone: ${reason}`;
}

const NOTHING: ReadonlySet<string> = new Set();

/** What a person has put into a box since the plan was made; null when it says what it said, or merely that somebody works on it. */
function otherState(task: SpecTask, text: string, { dialect }: SpecDocument, before: string | null): string | null {
  if (task.box === null) return null;
  const { open, underWay } = boxMarks(dialect);
  const now = text.slice(task.box.start, task.box.end);
  const isExpected = now === before || now === open || underWay.includes(now);
  return isExpected && task.state !== "skipped" ? null : now;
}
