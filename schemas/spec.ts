import { z } from "zod";
import { Decomposition } from "./decomposition.ts";
import { Diagnostic, SourceRange } from "./diagnostic.ts";
import { Milliseconds } from "./duration.ts";
import { FailureCode } from "./failure.ts";
import { Amount, Currency } from "./money.ts";

/**
 * The dialects of specification files that Planwright recognises (catalogue A1). `spec` is ours; a `kiro-requirements` file has no
 * tasks, and is read beside the tasks that refer to it.
 */
export const Dialect = z.enum([
  "spec",
  "speckit",
  "kiro",
  "kiro-requirements",
  "taskmaster",
  "openspec",
  "checklist",
  "prose",
]);
export type Dialect = z.infer<typeof Dialect>;

/** How a spec is to be read. A plan keeps it, so that its spec is read the same way ever after. */
export const SpecReading = z.strictObject({
  /** Null: recognised from path and content. */
  dialect: Dialect.nullable().default(null),
  /** Whether tasks that are marked optional run too. */
  optional: z.boolean().default(false),
  /** Values of the inputs that the spec declares, by name (catalogue A0). */
  inputs: z.record(z.string(), z.string().max(100_000)).default({}),
  /** How a language model has taken its tasks apart; null: they are as they stand. */
  decomposition: Decomposition.nullable().default(null),
});
export type SpecReading = z.infer<typeof SpecReading>;

/** Recognise the dialect, leave optional tasks out, no inputs, tasks as they stand. */
export const PLAIN_READING: SpecReading = { dialect: null, optional: false, inputs: {}, decomposition: null };

/** Something that a spec wants to be told before it runs (catalogue A0). */
export const SpecInput = z.object({
  name: z.string(),
  description: z.string().nullable(),
  /** Null: it must be given. */
  default: z.string().nullable(),
  /** The only values that it may have; empty: any. */
  options: z.array(z.string()),
  range: SourceRange,
});
export type SpecInput = z.infer<typeof SpecInput>;

/** What a task can refer to as its reason: an acceptance criterion, a user story, a scenario. */
export const SpecRequirement = z.object({
  /** As tasks name it, such as `1.2` or `US1`. */
  id: z.string(),
  title: z.string(),
  /** Whether some task should refer to it: true for acceptance criteria, false for the headings above them. */
  criterion: z.boolean(),
  /** The file that it stands in, inside the workspace with `/`. */
  path: z.string(),
  line: z.int().min(1),
});
export type SpecRequirement = z.infer<typeof SpecRequirement>;

export const TaskState = z.enum(["open", "done", "running", "skipped"]);
export type TaskState = z.infer<typeof TaskState>;

/**
 * What follows when a step has failed for good (catalogue C4). `pause`: nothing starts any more until a person has decided.
 * `continue`: what depends on it is skipped, the rest goes on. `tolerate`: what depends on it runs and is told what is missing.
 * `fail-fast`: everything is stopped.
 */
export const FailurePolicy = z.enum(["pause", "continue", "tolerate", "fail-fast"]);
export type FailurePolicy = z.infer<typeof FailurePolicy>;

/** `shell` is text for `/bin/sh -e`; `argv` runs without a shell. */
export const Command = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("shell"), script: z.string() }),
  z.object({ kind: z.literal("argv"), argv: z.array(z.string()).min(1) }),
]);
export type Command = z.infer<typeof Command>;

/**
 * What happens at the limit (catalogue E3). `warn`: people are told. `enforce`: nothing more is started, and what passes it is stopped.
 * `approve`: a person is asked for more.
 */
export const BudgetMode = z.enum(["warn", "enforce", "approve"]);
export type BudgetMode = z.infer<typeof BudgetMode>;

export const SpecBudget = z.object({ total: z.number().min(0), currency: Currency, mode: BudgetMode });
export type SpecBudget = z.infer<typeof SpecBudget>;

/** Where coding steps work: each in a git worktree of its own, or all in the folder itself, one after another (catalogue N1). */
export const Isolation = z.enum(["worktree", "none"]);
export type Isolation = z.infer<typeof Isolation>;

/** Whether the result of an execution waits for a person, or is applied when it completes and nothing stands in the way. */
export const MergeMode = z.enum(["ask", "auto"]);
export type MergeMode = z.infer<typeof MergeMode>;

/** What the front matter says. Absent keys are null. */
export const SpecSettings = z.object({
  budget: SpecBudget.nullable(),
  maxConcurrent: z.int().min(1).max(1_000).nullable(),
  onFailure: FailurePolicy.nullable(),
  /** Of the whole execution, without the time that it waits for people. */
  timeout: Milliseconds.nullable(),
  /** How many steps may use a named resource at the same time; a lock that is not named here admits one. */
  pools: z.record(z.string(), z.int().min(1).max(1_000)),
  /** In the order of the file. */
  inputs: z.array(SpecInput),
  /** Whether locks are inferred from commands. */
  inferLocks: z.boolean(),
  /** What every agent should know: free text, files of the workspace, the target environment. */
  context: z.object({ text: z.string().nullable(), files: z.array(z.string()), environment: z.string().nullable() }),
  /** `allowed`: only these agents may be chosen (empty: any). `byCapability`: the agent for a capability. */
  agents: z.object({ allowed: z.array(z.string()), byCapability: z.record(z.string(), z.string()) }),
  isolation: Isolation.nullable().default(null),
  merge: MergeMode.nullable().default(null),
});
export type SpecSettings = z.infer<typeof SpecSettings>;

/**
 * How a named output is taken from what a step printed, answered or made (catalogue D8). `pattern` (RE2 syntax): its first group, or the
 * whole match, in the last line that it matches. `pointer` (RFC 6901): the value at that place of the JSON. Without either: all of it, trimmed.
 */
export const Extractor = z.object({
  name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, "letters, digits and underscores"),
  from: z.enum(["output", "result", "file"]),
  /** Of the file, inside the workspace; null for the others. */
  path: z.string().nullable(),
  pattern: z.string().nullable(),
  pointer: z.string().nullable(),
  type: z.enum(["text", "number", "url"]),
});
export type Extractor = z.infer<typeof Extractor>;

/** How long to wait before a retry (catalogue C2). What is null is said by the agent or by default. */
export const Backoff = z.strictObject({
  base: Milliseconds.nullable().default(null),
  factor: z.number().min(1).max(100).nullable().default(null),
  cap: Milliseconds.nullable().default(null),
  /** Share of the delay that is added at random, 0 to 1. */
  jitter: z.number().min(0).max(1).nullable().default(null),
});
export type Backoff = z.infer<typeof Backoff>;

/** The attributes of one task after inheritance. Null means that nobody said. */
export const TaskAttributes = z.object({
  agent: z.string().nullable(),
  /** Agents that are tried in this order when the one before cannot do it (catalogue D7). */
  fallbacks: z.array(z.string()),
  capability: z.string().nullable(),
  /** Paths or globs of the workspace, with `/`. */
  files: z.array(z.string()),
  /** Files that must exist after the task, relative to the task's working directory (`cwd`, or the workspace). */
  outputs: z.array(z.string()),
  extract: z.array(Extractor),
  /** Acceptance command, for `/bin/sh -e`. */
  check: z.string().nullable(),
  command: Command.nullable(),
  /** `none` switches the timeout off. */
  timeout: z.union([Milliseconds, z.literal("none")]).nullable(),
  retries: z.int().min(0).max(100).nullable(),
  backoff: Backoff.nullable(),
  /** The failures that are tried again, instead of those that always are. */
  retryOn: z.array(FailureCode).nullable(),
  /** False: running it twice does harm, so a person is asked after a crash. */
  idempotent: z.boolean().nullable(),
  /** Resources that it uses: two tasks with the same one do not run together. Empty: `locks: none`, not even inferred ones. */
  locks: z.array(z.string()).nullable(),
  cost: Amount,
  costCurrency: Currency.nullable(),
  duration: Milliseconds.nullable(),
  priority: z.int().nullable(),
  onFailure: FailurePolicy.nullable(),
  cwd: z.string().nullable(),
  env: z.record(z.string(), z.string()),
  /** Whose prompt template its agent gets, such as coder or reviewer; null: follows from its capability. */
  role: z.string().nullable(),
  /** Whether it must change something in the repository: `required`, or not. Null: follows from its role. */
  change: z.enum(["required", "optional"]).nullable(),
  /** The task whose work it reviews, as `needs` names tasks. */
  reviews: z.string().nullable(),
  /** How often a review may send that back. */
  rounds: z.int().min(0).max(20).nullable(),
});
export type TaskAttributes = z.infer<typeof TaskAttributes>;

/** One task of a spec. Tasks stand in file order in a flat list; `parent` makes the tree. */
export const SpecTask = z.object({
  /** Unique in the document: the file's own id, or a slug of the path of titles; repeated ones get `#2`. */
  id: z.string(),
  ownId: z.string().nullable(),
  title: z.string(),
  parent: z.string().nullable(),
  state: TaskState,
  /** Marked as optional, as with Kiro's star. Its state is `skipped`, unless optional tasks are to run. */
  optional: z.boolean(),
  parallel: z.boolean(),
  /** Ids of the requirements, stories or scenarios that it serves, as the file states them, ranges written out. */
  requirements: z.array(z.string()),
  /** Dependencies as the file states them, by the file's own words. Null: nothing stated. Empty: `needs: none`. */
  needs: z.array(z.string()).nullable(),
  /** Where `needs` stands; null when nothing is stated. */
  needsRange: SourceRange.nullable(),
  /**
   * What the task waits for by its place among its siblings: internal ids, each meaning the whole subtree, with the reason.
   * What its parents and the checkpoints make it wait for comes on top and is not repeated here.
   */
  order: z.array(z.object({ task: z.string(), reason: z.string() })),
  /** A checkpoint: everything after waits for everything before. */
  checkpoint: z.boolean(),
  /** Headings above the task, outermost first. */
  section: z.array(z.string()),
  instructions: z.string(),
  attributes: TaskAttributes,
  /** Names of the attributes that came from a parent. */
  inherited: z.array(z.string()),
  /** True when the task becomes a step: a leaf, or a parent or checkpoint with work of its own. */
  runs: z.boolean(),
  range: SourceRange,
  /**
   * Where the file shows the task's state: the character between the brackets of its box, or in Task Master the value of `status`
   * without its quotes. Null: nowhere.
   */
  box: SourceRange.nullable(),
  /** Changes when the task's own words change: title, instructions or attributes. Its box and its place do not count. */
  fingerprint: z.string(),
  /** What a language model has said of it (`SpecReading.decomposition`); absent: nothing. */
  planned: z
    .object({
      /** Whether agent and capability are the model's choice. */
      agent: z.boolean(),
      capability: z.boolean(),
      /** Internal ids of the tasks that it needs, as the model says. */
      needs: z.array(z.string()),
      reason: z.string(),
    })
    .optional(),
});
export type SpecTask = z.infer<typeof SpecTask>;

/** A place that holds everything after it back until everything before it is over. */
export const SpecCheckpoint = z.object({
  title: z.string(),
  /** A phase holds back what is in it until the phases before it are over; nobody wrote a checkpoint there. */
  kind: z.enum(["checkpoint", "phase"]),
  /** How many tasks of the list stand before it. The checkpoint's own task and its subtasks are not among them. */
  before: z.int().min(0),
  /** The task that is the checkpoint; null for a heading or paragraph without work of its own. */
  task: z.string().nullable(),
  range: SourceRange,
});
export type SpecCheckpoint = z.infer<typeof SpecCheckpoint>;

/** A parsed specification. It is complete even when diagnostics hold errors. */
export const SpecDocument = z.object({
  dialect: Dialect,
  /** Why it was read as that dialect, in a few words that follow "because". */
  recognised: z.string(),
  title: z.string(),
  settings: SpecSettings,
  /** Prose before the first task, or the whole text of a prose spec. */
  preamble: z.string(),
  tasks: z.array(SpecTask),
  /** In file order. */
  checkpoints: z.array(SpecCheckpoint),
  /** Of the file itself or of the one beside it; empty where there is none. */
  requirements: z.array(SpecRequirement),
  diagnostics: z.array(Diagnostic),
});
export type SpecDocument = z.infer<typeof SpecDocument>;
