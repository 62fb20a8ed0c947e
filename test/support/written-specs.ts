import fc from "fast-check";
import type { Dialect } from "../../schemas/spec.ts";

/** A task as it is meant, before it is printed in some dialect. */
export interface MeantTask {
  /** Its number among its siblings, which stays when others come and go. */
  readonly number: number;
  readonly words: string;
  readonly state: "open" | "done" | "under way";
  readonly children: readonly MeantTask[];
}

/** How the same document can be written. */
export interface Manner {
  readonly dialect: Dialect;
  readonly bom: boolean;
  /** Taken in turn, so that line breaks may be mixed. */
  readonly breaks: readonly string[];
  readonly indent: string;
  readonly trailing: string;
  readonly endsWithBreak: boolean;
  /** Words of a person before the tasks. */
  readonly before: string;
}

/** A printed document and where each task shows its state, by the task's path of numbers. */
export interface Printed {
  readonly text: string;
  readonly boxes: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
}

export const DIALECTS_WITH_BOXES = ["spec", "speckit", "kiro", "openspec", "checklist", "taskmaster"] as const;

const MARKS = { open: " ", done: "x", "under way": "-" } as const;
const STATUSES = { open: "pending", done: "done", "under way": "in-progress" } as const;

const word = fc.string({ unit: fc.constantFrom(..."abcdefgäß日本😀\u200b"), minLength: 1, maxLength: 6 });
const tree = (depth: number): fc.Arbitrary<MeantTask[]> =>
  fc
    .array(
      fc.record({
        words: word,
        state: fc.constantFrom("open", "open", "open", "done", "under way"),
        children: depth === 0 ? fc.constant([]) : fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, tree(depth - 1)),
      }),
      { minLength: depth === 2 ? 1 : 0, maxLength: 4 },
    )
    .map((tasks) => tasks.map((task, index) => ({ number: index + 1, ...task })));

export const meantTasks = tree(2);

export const manner: fc.Arbitrary<Manner> = fc.record({
  dialect: fc.constantFrom(...DIALECTS_WITH_BOXES),
  bom: fc.boolean(),
  breaks: fc.oneof(
    fc.constantFrom(["\n"], ["\r\n"], ["\r"]),
    fc.array(fc.constantFrom("\n", "\r\n", "\r"), { minLength: 1, maxLength: 5 }),
  ),
  indent: fc.constantFrom("  ", "   ", "    ", "\t"),
  trailing: fc.constantFrom("", "  ", "\t"),
  endsWithBreak: fc.boolean(),
  before: fc.constant(""),
});

/** The path of a task, such as `1.2`. */
export type Walk = (tasks: readonly MeantTask[], act: (path: string, task: MeantTask) => void, above?: string) => void;

export const walk: Walk = (tasks, act, above = "") => {
  for (const task of tasks) {
    const path = above === "" ? String(task.number) : `${above}.${task.number}`;
    act(path, task);
    walk(task.children, act, path);
  }
};

export function print(tasks: readonly MeantTask[], how: Manner): Printed {
  return how.dialect === "taskmaster" ? printJson(tasks, how) : printMarkdown(tasks, how);
}

function printMarkdown(tasks: readonly MeantTask[], how: Manner): Printed {
  const boxes = new Map<string, { start: number; end: number }>();
  let text = how.bom ? "\uFEFF" : "";
  let line = 0;
  const add = (content: string): void => {
    if (line > 0) text += how.breaks[line % how.breaks.length] ?? "\n";
    text += content;
    line += 1;
  };
  for (const words of [...(how.before === "" ? [] : [how.before, ""]), "# Tasks", ""]) add(words);
  walk(tasks, (path, { words, state }) => {
    const id = idOf(path, how.dialect);
    add(
      `${how.indent.repeat(path.split(".").length - 1)}- [${MARKS[state]}] ${id}task ${path} ${words}${how.trailing}`,
    );
    const start = text.lastIndexOf("- [") + 3;
    boxes.set(path, { start, end: start + 1 });
  });
  if (how.endsWithBreak) add("");
  return { text, boxes };
}

/** Task Master has tasks and subtasks; what is deeper is left out. */
function printJson(tasks: readonly MeantTask[], how: Manner): Printed {
  const boxes = new Map<string, { start: number; end: number }>();
  let text = how.bom ? "\uFEFF" : "";
  let pieces = 0;
  const blank = (): string => (how.breaks[(pieces += 1) % how.breaks.length] ?? "") + how.indent;
  const add = (path: string, { number, words, state, children }: MeantTask): void => {
    const title = JSON.stringify(`task ${path} ${words} "status": "pending"`).replace(/[^ -~]/g, (char) =>
      how.endsWithBreak ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    text += `${blank()}{"id":${blank()}${number}, "title": ${title},${blank()}"status"${how.trailing}: "`;
    const start = text.length;
    text += STATUSES[state];
    boxes.set(path, { start, end: text.length });
    text += `", "dependencies": []${how.trailing}`;
    if (!path.includes(".")) {
      text += `,${blank()}"subtasks": [`;
      for (const [index, child] of children.entries()) {
        if (index > 0) text += ",";
        add(`${path}.${child.number}`, child);
      }
      text += "]";
    }
    text += "}";
  };
  text += `{"master": {"note": ${JSON.stringify(how.before)}, "tasks": [`;
  for (const [index, task] of tasks.entries()) {
    if (index > 0) text += ",";
    add(String(task.number), task);
  }
  text += `]${blank()}}}${how.endsWithBreak ? "\n" : ""}`;
  return { text, boxes };
}

/** The id in front of the title, where the dialect has one. */
function idOf(path: string, dialect: Dialect): string {
  if (dialect === "speckit") return `T${path.replaceAll(".", "")} `;
  if (dialect === "kiro") return `${path} `;
  return dialect === "openspec" ? `1.${path} ` : "";
}
