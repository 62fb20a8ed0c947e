import type { Dialect } from "../../schemas/spec.ts";

/** What stands for a state where a file shows it, in the place that `SpecTask.box` tells. */
export interface BoxMarks {
  readonly done: string;
  readonly open: string;
  /** What merely says that somebody works on it: when it is done, that is over. */
  readonly underWay: readonly string[];
}

const MARKDOWN: BoxMarks = { done: "x", open: " ", underWay: ["-", "~"] };

const MARKS: Partial<Record<Dialect, BoxMarks>> = {
  // The status values of Task Master's tasks.json.
  taskmaster: { done: "done", open: "pending", underWay: ["in-progress"] },
};

/** How a dialect shows states: the characters of Markdown's boxes, unless it has words of its own. */
export function boxMarks(dialect: Dialect): BoxMarks {
  return MARKS[dialect] ?? MARKDOWN;
}

/** A place of a text, and what is to stand there. */
export interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly to: string;
}

/** The text with each of these places replaced. They do not overlap and come in any order. */
export function replaceAt(text: string, places: readonly Replacement[]): string {
  let result = "";
  let from = 0;
  for (const { start, end, to } of [...places].sort((a, b) => a.start - b.start)) {
    result += text.slice(from, start) + to;
    from = end;
  }
  return result + text.slice(from);
}
