import { AttemptFailureCode } from "../../../schemas/failure.ts";
import { BudgetMode, FailurePolicy } from "../../../schemas/spec.ts";

/** What an editor says of a key. Written in our own words, so Markdown in it is meant. */
export interface KeyHelp {
  readonly summary: string;
  readonly example: string;
}

/** The attributes of tasks. */
export const ATTRIBUTE_HELP: Readonly<Record<string, KeyHelp>> = {
  id: { summary: "Name of the task, by which `needs` of other tasks refer to it.", example: "build" },
  needs: {
    summary:
      "Tasks that must be over before this one starts, instead of the order of the list. `none`: it starts at once.",
    example: "build, unit-tests",
  },
  agent: {
    summary:
      "The agent that does the task, or several in the order in which they are tried when one cannot. Without it one is chosen by capability.",
    example: "claude, codex",
  },
  capability: { summary: "What the task asks of its agent. Without it the title tells.", example: "code_review" },
  files: {
    summary: "Files and globs that the task works on. Tasks with the same files do not run together.",
    example: "src/parser.ts, src/**/*.css",
  },
  output: { summary: "Files that must exist after the task, or it has failed.", example: "build/app.mjs" },
  extract: {
    summary:
      "Named outputs: `NAME: [number | url] [result | file PATH] [/PATTERN/ | json /POINTER]`, one a bullet. Later tasks find them in `$PLANWRIGHT_OUTPUT_STEP_NAME`.",
    example: "url: /Deployed to (https:\\S+)/",
  },
  check: { summary: "Shell command that must succeed after the task, or it has failed.", example: "npm test" },
  command: {
    summary: "What the task runs: a list without a shell, or text for `/bin/sh -e`.",
    example: "[node, scripts/build.mjs]",
  },
  timeout: { summary: "How long one attempt may take. `none`: as long as it wants.", example: "10m" },
  retries: { summary: "How many more attempts follow one that failed, 0 to 100.", example: "2" },
  backoff: { summary: "How long to wait before the next attempt.", example: "base 2s, factor 2, cap 1m" },
  retryOn: { summary: "The failures that are tried again: their codes, `any` or `none`.", example: "timeout" },
  idempotent: {
    summary: "`no`: running it twice does harm, so that a person is asked after a crash.",
    example: "no",
  },
  locks: {
    summary: "Resources that the task uses alone. `none`: not even those that would be inferred.",
    example: "db, port 8080",
  },
  cost: { summary: "What one attempt is expected to cost, and may cost at most.", example: "0.50 USD" },
  duration: { summary: "How long the task is expected to take.", example: "5m" },
  priority: { summary: "Of tasks that could start, the highest goes first, -1000 to 1000.", example: "10" },
  onFailure: { summary: "What follows when the task has failed for good.", example: "continue" },
  cwd: { summary: "The folder that it works in, inside the workspace.", example: "packages/web" },
  env: { summary: "Variables of the environment of its command.", example: "NODE_ENV=test" },
  role: {
    summary:
      "What its agent is in this task, and so what it is told: planner, researcher, coder, reviewer, starter, coding, deployer, verifier, auditor, fix-up, or one of `.planwright/roles/`. Without it the capability tells, then the type of the agent.",
    example: "reviewer",
  },
  change: {
    summary:
      "`required`: it has failed when it has changed nothing in the repository. Without it the role tells: coder, coding and fix-up must.",
    example: "optional",
  },
  reviews: {
    summary:
      "The task whose work it reviews. When it asks for changes, that task runs again with what was found, then the review.",
    example: "build",
  },
  rounds: { summary: "How often a review may send work back, 0 to 20. Default 2.", example: "3" },
};

/** The keys of the front matter. */
export const FRONT_MATTER_HELP: Readonly<Record<string, KeyHelp>> = {
  title: { summary: "Title of the spec, instead of its first heading.", example: "Release 1.2" },
  budget: {
    summary: "What one execution may cost. `mode: approve` asks for more at the limit, `mode: enforce` stops there.",
    example: "5.00 USD",
  },
  maxConcurrent: { summary: "How many steps may run at the same time, 1 to 1000. Default 4.", example: "4" },
  onFailure: {
    summary: "What follows when a step has failed for good, where it does not say itself.",
    example: "pause",
  },
  timeout: { summary: "How long the whole may take, without the time that it waits for people.", example: "2h" },
  pools: { summary: "How many steps may use a named resource at the same time.", example: "{gpu: 2}" },
  inferLocks: { summary: "Whether locks are inferred from commands. Default `true`.", example: "false" },
  context: {
    summary: "What every agent should know: a text, a list of files, or `{text, files, environment}`.",
    example: "Runs offline with Node.js alone.",
  },
  agents: {
    summary: "The agents that may be chosen, as a list; or the agent for each capability.",
    example: "{code_review: reviewer}",
  },
  inputs: {
    summary:
      "What has to be told before it runs: names, or names with their defaults. `{{name}}` in titles, instructions and paths stands for the value; commands find it in `$INPUT_NAME`.",
    example: "{branch: main}",
  },
  isolation: {
    summary:
      "Where coding steps work: `worktree`, each in a git worktree of its own (default, where there is a git repository), or `none`, in the folder itself, one after another.",
    example: "none",
  },
  merge: {
    summary:
      "What becomes of the result of coding steps: `ask`, it waits until you accept it (default), or `auto`, it is applied at the end when nothing stands in the way.",
    example: "auto",
  },
};

const POLICY_HELP: Readonly<Record<FailurePolicy, string>> = {
  pause: "Nothing starts any more until a person has decided.",
  continue: "What depends on it is skipped, the rest goes on.",
  tolerate: "What depends on it runs and is told what is missing.",
  "fail-fast": "Everything is stopped.",
};

const MODE_HELP: Readonly<Record<BudgetMode, string>> = {
  warn: "At the limit people are told, and everything goes on.",
  approve: "At the limit a person is asked for more.",
  enforce: "At the limit nothing more is started.",
};

/** A value that can be offered, with what it means. */
export interface ValueHelp {
  readonly value: string;
  readonly help: string;
}

/** Values of keys that know all of theirs. */
export const FIXED_VALUES: Readonly<Record<string, readonly ValueHelp[]>> = {
  onFailure: FailurePolicy.options.map((value) => ({ value, help: POLICY_HELP[value] })),
  retryOn: [
    { value: "any", help: "Every failure." },
    { value: "none", help: "No failure." },
    ...AttemptFailureCode.options.map((value) => ({ value, help: "A code of failures." })),
  ],
  idempotent: [
    { value: "yes", help: "It can be run again after a crash." },
    { value: "no", help: "After a crash a person is asked." },
  ],
  change: [
    { value: "required", help: "Without a change it has failed." },
    { value: "optional", help: "It may have nothing to change." },
  ],
  inferLocks: [
    { value: "true", help: "Locks are inferred from commands." },
    { value: "false", help: "Only the locks that tasks name." },
  ],
  mode: BudgetMode.options.map((value) => ({ value, help: MODE_HELP[value] })),
};
