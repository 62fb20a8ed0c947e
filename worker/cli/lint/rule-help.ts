import type { DiagnosticCode } from "../../../schemas/diagnostic.ts";

interface RuleHelp {
  /** What is wrong, without a full stop. */
  readonly what: string;
  readonly advice: string;
}

/** What each code is about, for those who meet it in a report without the spec before them. */
export const RULE_HELP: Readonly<Record<DiagnosticCode, RuleHelp>> = {
  "front-matter": {
    what: "The front matter cannot be read",
    advice:
      "It is YAML between two lines of three dashes at the beginning of the file; the message says what is expected.",
  },
  "unknown-key": {
    what: "A key looks like a misspelt attribute",
    advice: "Write the key that is suggested, or other words if ordinary text is meant.",
  },
  "bad-value": {
    what: "A value is not one of those that are accepted",
    advice: "The message names what is accepted in this place.",
  },
  "ignored-command": {
    what: "A command belongs to no task and is not run",
    advice: "Indent the block below the task that it belongs to.",
  },
  "ignored-task": {
    what: "Something looks like a task and is none",
    advice: "Write a list item with a box, such as `- [ ] title`.",
  },
  "empty-spec": {
    what: "The file has no tasks",
    advice: "Write what is to be done in the form that the file's dialect has.",
  },
  "too-deep": {
    what: "Lists are nested too deeply",
    advice: "Nest less: what is below is read as if it were on one level.",
  },
  "too-large": { what: "The file is larger than a spec may be", advice: "Split it into several specs." },
  "duplicate-id": {
    what: "Two tasks have the same id",
    advice: "Give one of them another id; until then nothing can depend on either.",
  },
  "unknown-dependency": {
    what: "A task depends on something that is no task",
    advice: "Correct the id, or remove it.",
  },
  "duplicate-reference": {
    what: "A reference does not say which task it means, or says it twice",
    advice: "Give one of the tasks another id, or remove the second reference.",
  },
  "dangling-reference": {
    what: "A list of the file names a task that is not there",
    advice: "Correct the id, or remove it from the list.",
  },
  "forward-reference": {
    what: "A task depends on one that stands further down",
    advice: "Move it up if the order of the file should be the order of work.",
  },
  "self-dependency": {
    what: "A task depends on itself, its own parent or its own part",
    advice: "Remove the reference: it can never be fulfilled.",
  },
  cycle: {
    what: "Tasks wait for one another in a circle",
    advice: "Remove one of the dependencies that the message lists.",
  },
  "false-parallel": {
    what: "Tasks that are marked as parallel change the same file",
    advice: "Remove the mark from one of them, or let one depend on the other.",
  },
  "missing-barrier": {
    what: "Tasks may start before what they build on is over",
    advice: "Put a checkpoint between them, or state the dependency.",
  },
  "unlisted-task": {
    what: "The dependency graph of the file leaves a task out",
    advice: "Add it to a wave, so that it is clear when it may start.",
  },
  "unlisted-checkpoint": {
    what: "The dependency graph of the file leaves a checkpoint out",
    advice: "Nothing has to be done: it holds back what stands below it.",
  },
  "done-parent": {
    what: "A task is done, and parts of it are open",
    advice: "Open it again, or mark its parts as done.",
  },
  "open-parent": { what: "A task is open, and all its parts are done", advice: "Mark it as done." },
  "skipped-dependency": {
    what: "A task depends on one that will not run",
    advice: "Open the other task again, or remove the dependency.",
  },
  "unknown-requirement": {
    what: "A task refers to a requirement that is not there",
    advice: "Correct the reference, or write the requirement.",
  },
  "uncovered-criterion": {
    what: "No task refers to an acceptance criterion",
    advice: "Add a task for it, or let the task that fulfils it refer to it.",
  },
  "missing-input": { what: "A declared input has no value", advice: "Give it one, or a default in the front matter." },
  "unknown-input": {
    what: "An input is used or given and not declared",
    advice: "Declare it in the front matter, or correct its name.",
  },
  "bad-json": {
    what: "A part of the file is not JSON as it should be",
    advice: "Correct it at the place that is named.",
  },
  "no-agent": {
    what: "No agent can do a task",
    advice: "Name an agent at the task, or give one the capability in .planwright/agents.json.",
  },
  "missing-capability": {
    what: "An agent needs something that nobody provides",
    advice: "Add an agent with that capability to .planwright/agents.json.",
  },
  "unknown-role": {
    what: "A task has a role that does not exist",
    advice: "Correct its name, or describe the role in `.planwright/roles/NAME.md`.",
  },
  "bad-role": {
    what: "A prompt template of the workspace cannot be used",
    advice: "The message names the file and the line, and the places that templates have.",
  },
  "bad-review": {
    what: "A review does not name a task that comes before it",
    advice: "Write the id of the task whose work it looks at.",
  },
  "unknown-agent": {
    what: "A task names an agent that does not exist",
    advice: "Correct its name, or add it to .planwright/agents.json.",
  },
  "over-budget": {
    what: "The estimate is above the budget",
    advice: "Raise the budget, or lower what the tasks may cost.",
  },
  "near-budget": {
    what: "The estimate is close to the budget",
    advice: "Leave room for what costs more than expected.",
  },
  "unknown-cost": {
    what: "Nobody knows what a task costs",
    advice: "Give the task a `cost`, which is its estimate and its limit.",
  },
  currency: { what: "Amounts are in several currencies", advice: "Use one currency for the budget and all costs." },
  isolation: {
    what: "Coding steps work in the folder itself, or do not see changes that are not committed",
    advice: "Keep the folder in a git repository, and commit what the steps need.",
  },
};
