import type { Dialect } from "../../schemas/spec.ts";

/** What stands for a state where a file shows it, in the place that `SpecTask.box` tells. */
export interface BoxMarks {
  readonly done: string;
  readonly open: string;
  /** What merely says that somebody works on it: when it is done, that is over. */
  readonly underWay: readonly string[];
  /** Where a text shows these states and others that people tick: behind the first group. */
  readonly places: RegExp;
}

const MARKDOWN: BoxMarks = {
  done: "x",
  open: " ",
  underWay: ["-", "~"],
  places: /^(\uFEFF?[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)+\[)[ xX~-](?=\])/gm,
};

const MARKS: Partial<Record<Dialect, BoxMarks>> = {
  // The status values of Task Master's tasks.json. Inside a text of the file the quotes would be escaped.
  taskmaster: {
    done: "done",
    open: "pending",
    underWay: ["in-progress"],
    places: /("status"\s*:\s*")(?:pending|in-progress|review|done|completed)(?=")/g,
  },
};

/** How a dialect shows states: the characters of Markdown's boxes, unless it has words of its own. */
export function boxMarks(dialect: Dialect): BoxMarks {
  return MARKS[dialect] ?? MARKDOWN;
}

/** Whether two texts of a spec differ at most in what shows that tasks are open, under way or done. */
export function sameButForTicks(a: string, b: string, dialect: Dialect): boolean {
  const { places } = boxMarks(dialect);
  return a.replace(places, "$1") === b.replace(places, "$1");
}
