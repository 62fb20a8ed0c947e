/** What a template can say of a step, and what stands in its place. A place that has nothing to say takes its whole line with it. */
export const PLACEHOLDERS = {
  title: "the title of the task",
  origin: "the plan, the spec and the section that the task is part of",
  instructions:
    "the words of the spec: of the whole, of what the task is part of, of the task itself, of what it serves",
  context: "what the spec says to every agent, and the target environment",
  files: "the files to read first and those that the task is about",
  parameters: "the task's command, and what a person has added",
  workplace: "the folder that the agent works in, and whose it is",
  results: "what the steps before have left: named outputs, files, changes, last words",
  missing: "the steps before that failed, so that their results are missing",
  findings: "what a review has found in the attempt before",
  work: "what the step that is reviewed has changed and made",
  rules: "the rules of the workspace, such as AGENTS.md",
  verdict: "the form in which a review gives its verdict",
  done: "what must be there at the end, and what is checked",
} as const;

export type Placeholder = keyof typeof PLACEHOLDERS;

/** The text for each place of a template; empty where there is nothing to say. */
export type PlaceTexts = Readonly<Record<Placeholder, string>>;

const NAMES = Object.keys(PLACEHOLDERS);

export function isPlaceholder(name: string): name is Placeholder {
  return Object.hasOwn(PLACEHOLDERS, name);
}

export function placeholderNames(): readonly string[] {
  return NAMES;
}

/** Without these an agent would not know what it has to know. */
export const NEEDED_BY_ALL: readonly Placeholder[] = [
  "title",
  "instructions",
  "results",
  "missing",
  "findings",
  "done",
];

/** Besides, where its steps review others. */
export const NEEDED_BY_REVIEWS: readonly Placeholder[] = ["work", "verdict"];
