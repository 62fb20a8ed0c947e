import type { SpecTask } from "../../schemas/spec.ts";
import type { SourceText } from "./source-text.ts";
import type { DialectBody } from "./markdown-reader.ts";
import type { TaskDraft } from "./task-draft.ts";
import { prosePartsOf } from "./prose-parts.ts";
import { finishTasks } from "./finish-tasks.ts";

/** The default template (catalogue A5): what is done with a text that names no tasks. */
const TEMPLATE: readonly { id: string; capability: string; title: (subject: string) => string; lead: string }[] = [
  {
    id: "understand",
    capability: "document_analysis",
    title: (subject) => `Understand: ${subject}`,
    lead: "Read the description below and the files that it concerns. Say what has to change, what is unclear, and how the result will be recognised.",
  },
  {
    id: "implement",
    capability: "code_generation",
    title: (subject) => `Implement: ${subject}`,
    lead: "Do what the description below asks for.",
  },
  {
    id: "review",
    capability: "code_review",
    title: (subject) => `Review: ${subject}`,
    lead: "Compare what was done with the description below. Name every difference and every mistake.",
  },
  {
    id: "verify",
    capability: "testing",
    title: (subject) => `Verify: ${subject}`,
    lead: "Show by tests that what the description below asks for works.",
  },
];

/**
 * Turns text without tasks into the tasks of the default template, one after another. What the text names one by one are several tasks
 * in the place of the one that does it all.
 */
export function readProseBody(
  source: SourceText,
  bodyStart: number,
  title: string,
): Pick<DialectBody, "preamble" | "tasks"> {
  const text = source.text.slice(bodyStart);
  const prose = text.replace(/\r\n/g, "\n").trim();
  const start = bodyStart + (text.length - text.trimStart().length);
  const whole = {
    range: source.range(start, bodyStart + text.trimEnd().length),
    titleRange: source.range(start, source.lineEnd(start)),
  };
  const siblings: TaskDraft[] = [];
  const parts = prosePartsOf(text);
  for (const task of TEMPLATE) {
    if (task.id !== "implement" || parts.length === 0) {
      const own = { id: task.id, capability: task.capability };
      siblings.push(draft(siblings, task.title(title), own, `${task.lead}\n\n${prose}`, whole));
      continue;
    }
    for (const [index, { from, to }] of parts.entries()) {
      const words = text.slice(from, to).replace(/\r\n/g, "\n");
      const range = source.range(bodyStart + from, bodyStart + to);
      const titleRange = source.range(range.start, Math.min(range.end, source.lineEnd(range.start)));
      const instructions = `Do this part of the description below, and nothing else of it:\n\n${words}\n\nThe description:\n\n${prose}`;
      const own = { id: `part-${index + 1}` };
      siblings.push(draft(siblings, titleOf(words), own, instructions, { range, titleRange }));
    }
  }
  // The ids are the template's, not the file's.
  const tasks: SpecTask[] = finishTasks(siblings, []).tasks.map((task) => ({ ...task, ownId: null }));
  return { preamble: prose, tasks };
}

function draft(
  siblings: TaskDraft[],
  title: string,
  own: TaskDraft["own"],
  instructions: string,
  place: Pick<TaskDraft, "range" | "titleRange">,
): TaskDraft {
  return {
    title,
    state: "open",
    parallel: false,
    optional: false,
    leftOut: false,
    checkpoint: false,
    parent: null,
    children: [],
    siblings,
    section: [],
    ...place,
    box: null,
    own,
    requirements: [],
    needsRange: null,
    instructions,
  };
}

function titleOf(words: string): string {
  const title = firstWords(words).replace(/[.,;:]+$/, "");
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** The first words of a text that has no heading. */
export function firstWords(text: string): string {
  const line = text.trim().split("\n", 1)[0] ?? "";
  const words = line
    .slice(0, 200)
    .replace(/^(?:\d{1,3}[.)]|[-*+])\s+/, "")
    .replace(/\s+/g, " ")
    .trim();
  if (words.length <= 60) return words;
  const cut = words.slice(0, 60);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(" "), 30)).trimEnd()}…`;
}
