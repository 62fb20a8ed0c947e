import { TaskAttributes } from "../../schemas/spec.ts";
import { readBackoff, readFlag, readLocks, readRetryOn } from "./attempt-values.ts";
import {
  accepted,
  bare,
  readCommand,
  readCost,
  readDuration,
  readEnvironment,
  readFailurePolicy,
  readId,
  readList,
  readName,
  readNeeds,
  readPath,
  readPaths,
  readScript,
  readTimeout,
  readWhole,
  refused,
  type Reading,
  type WrittenValue,
} from "./attribute-values.ts";
import { readExtract } from "./extract-values.ts";
import { nearestName } from "./nearest-name.ts";

/** What one task says of itself, before inheritance. Absent keys were not written. */
export type OwnAttributes = Partial<Omit<TaskAttributes, "cost" | "costCurrency">> & {
  id?: string;
  needs?: string[];
  cost?: { amount: number; currency: string | null };
};

type Reader = (own: OwnAttributes, written: WrittenValue) => Reading<unknown>;

function reader<T>(read: (written: WrittenValue) => Reading<T>, keep: (own: OwnAttributes, value: T) => void): Reader {
  return (own, written) => {
    const reading = read(written);
    if (reading.ok) keep(own, reading.value);
    return reading;
  };
}

/** Every key of a task (semantics, Specs), with how its value is read. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["id", reader(readId, (own, value) => (own.id = value))],
  ["needs", reader(readNeeds, (own, value) => (own.needs = value))],
  ["agent", reader(readAgents, (own, value) => ([own.agent, own.fallbacks] = value))],
  ["capability", reader(readName, (own, value) => (own.capability = value))],
  ["files", reader(readList, (own, value) => (own.files = value.map((path) => path.replaceAll("\\", "/"))))],
  ["output", reader(readPaths, (own, value) => (own.outputs = value))],
  ["extract", reader(readExtract, (own, value) => (own.extract = value))],
  ["check", reader(readScript, (own, value) => (own.check = value))],
  ["command", reader(readCommand, (own, value) => (own.command = value))],
  ["timeout", reader(readTimeout, (own, value) => (own.timeout = value))],
  [
    "retries",
    reader(
      (written) => readWhole(written, 0, 100),
      (own, value) => (own.retries = value),
    ),
  ],
  ["backoff", reader(readBackoff, (own, value) => (own.backoff = value))],
  ["retryOn", reader(readRetryOn, (own, value) => (own.retryOn = value))],
  ["idempotent", reader(readFlag, (own, value) => (own.idempotent = value))],
  ["locks", reader(readLocks, (own, value) => (own.locks = value))],
  ["cost", reader(readCost, (own, value) => (own.cost = value))],
  ["duration", reader(readDuration, (own, value) => (own.duration = value))],
  [
    "priority",
    reader(
      (written) => readWhole(written, -1_000, 1_000),
      (own, value) => (own.priority = value),
    ),
  ],
  ["onFailure", reader(readFailurePolicy, (own, value) => (own.onFailure = value))],
  ["cwd", reader(readFolder, (own, value) => (own.cwd = value))],
  ["env", reader(readEnvironment, (own, value) => (own.env = value))],
  ["role", reader(readName, (own, value) => (own.role = value))],
  ["change", reader(readChange, (own, value) => (own.change = value))],
  ["reviews", reader(readReviewed, (own, value) => (own.reviews = value))],
  [
    "rounds",
    reader(
      (written) => readWhole(written, 0, 20),
      (own, value) => (own.rounds = value),
    ),
  ],
]);

/** In the order in which an editor offers them. */
export const ATTRIBUTE_KEYS: readonly string[] = [...READERS.keys()];

function readChange(written: WrittenValue): Reading<NonNullable<TaskAttributes["change"]>> {
  const change = TaskAttributes.shape.change.safeParse(bare(written.text));
  return change.success && change.data !== null ? accepted(change.data) : refused("`required` or `optional`");
}

/** One task, as `needs` names tasks. */
function readReviewed(written: WrittenValue): Reading<string> {
  const list = readList(written);
  const [first, second] = list.ok ? list.value : [];
  return first === undefined || second !== undefined ? refused("the id of one task") : accepted(first);
}

function readFolder(written: WrittenValue): Reading<string> {
  const list = readList(written);
  const [first, second] = list.ok ? list.value : [];
  return first === undefined || second !== undefined
    ? { ok: false, expected: "one folder of the workspace" }
    : readPath(first);
}

/** One agent, or several that are tried in this order (catalogue D7). */
function readAgents(written: WrittenValue): Reading<[agent: string, fallbacks: string[]]> {
  const list = readList(written);
  const names = list.ok ? list.value.map((text) => readName({ text, bullets: [], code: null })) : [];
  const [first, ...rest] = names.flatMap((name) => (name.ok ? [name.value] : []));
  const isGood =
    first !== undefined && rest.length + 1 === names.length && new Set([first, ...rest]).size === names.length;
  return isGood && names.length <= MOST_AGENTS
    ? { ok: true, value: [first, rest] }
    : {
        ok: false,
        expected: `one name of letters, digits, dot, dash and underscore, or up to ${MOST_AGENTS} different ones in the order in which they are tried, separated by commas`,
      };
}

const MOST_AGENTS = 10;

/** A line of text that may be an attribute. `value` counts from the beginning of the text. */
export type KeyLine =
  | { readonly kind: "attribute"; readonly key: string; readonly value: number }
  | { readonly kind: "misspelt"; readonly key: string; readonly suggestion: string }
  | { readonly kind: "text" };

/** `key: value`; the key may stand in backticks or be bold. Only whole known keys are attributes, everything else is text. */
export function readKeyLine(text: string): KeyLine {
  const match = /^([`*_]{0,3})([A-Za-z][A-Za-z_-]{0,30})([`*_]{0,3})[ \t]*:([`*_]{0,3})(?=\s|$|\S)/.exec(text);
  if (!match) return { kind: "text" };
  const [whole, open = "", key = "", close = "", late = ""] = match;
  const marked = open !== "" && (close === reversed(open) || (close === "" && late === reversed(open)));
  if (!marked && (open !== "" || close !== "")) return { kind: "text" };
  const value = open !== "" && close === "" ? whole.length : whole.length - late.length;
  const follows = text[value];
  if (READERS.has(key))
    return follows === "/" && text[value + 1] === "/" ? { kind: "text" } : { kind: "attribute", key, value };
  if (follows !== undefined && follows !== " " && follows !== "\t") return { kind: "text" };
  if (ORDINARY_WORDS.has(key.toLowerCase())) return { kind: "text" };
  const suggestion = nearestName(key, SUGGESTED);
  return suggestion === null ? { kind: "text" } : { kind: "misspelt", key, suggestion };
}

/** Words of ordinary bullets, too ("Role: the person who signs"): nobody is told that something like them is misspelt. */
const PLAIN_WORDS: ReadonlySet<string> = new Set(["role", "change", "reviews", "rounds"]);
const SUGGESTED: readonly string[] = ATTRIBUTE_KEYS.filter((key) => !PLAIN_WORDS.has(key));

/** Bullets often begin with these, and nobody who writes them means the key that is two letters away. */
const ORDINARY_WORDS: ReadonlySet<string> = new Set(["docs", "links", "logs", "blocks"]);

function reversed(mark: string): string {
  return mark.split("").reverse().join("");
}

/** Reads one attribute into `own`. Returns what is accepted when the value is not. */
export function readAttribute(own: OwnAttributes, key: string, written: WrittenValue): string | null {
  const reading = READERS.get(key)?.(own, written);
  return reading === undefined || reading.ok ? null : reading.expected;
}

/**
 * The attributes in force for a task, and the names of those that come from its parent. `env` is merged, the rest is
 * replaced. Command, output, extract, check and reviews say what one task does and are never inherited, nor are `id` and `needs`: what
 * a parent needs holds for its children because they start after it.
 */
export function inheritAttributes(
  own: OwnAttributes,
  parent: TaskAttributes | null,
): { attributes: TaskAttributes; inherited: string[] } {
  const base = parent ?? NO_ATTRIBUTES;
  const attributes: TaskAttributes = {
    agent: own.agent ?? base.agent,
    fallbacks: own.agent === undefined ? base.fallbacks : (own.fallbacks ?? []),
    extract: own.extract ?? [],
    capability: own.capability ?? base.capability,
    files: own.files ?? base.files,
    outputs: own.outputs ?? [],
    check: own.check ?? null,
    command: own.command ?? null,
    timeout: own.timeout ?? base.timeout,
    retries: own.retries ?? base.retries,
    backoff: own.backoff ?? base.backoff,
    retryOn: own.retryOn ?? base.retryOn,
    idempotent: own.idempotent ?? base.idempotent,
    locks: own.locks ?? base.locks,
    cost: own.cost?.amount ?? base.cost,
    costCurrency: own.cost ? own.cost.currency : base.costCurrency,
    duration: own.duration ?? base.duration,
    priority: own.priority ?? base.priority,
    onFailure: own.onFailure ?? base.onFailure,
    cwd: own.cwd ?? base.cwd,
    env: own.env ? { ...base.env, ...own.env } : base.env,
    role: own.role ?? base.role,
    change: own.change ?? base.change,
    reviews: own.reviews ?? null,
    rounds: own.rounds ?? base.rounds,
  };
  return { attributes, inherited: parent ? inheritedNames(own, parent) : [] };
}

function inheritedNames(own: OwnAttributes, parent: TaskAttributes): string[] {
  const names: string[] = [];
  for (const name of INHERITED) {
    const value = parent[name];
    const isSaid = name === "files" ? parent.files.length > 0 : value !== null;
    if (isSaid && own[name] === undefined) names.push(name);
  }
  if (Object.keys(parent.env).some((name) => own.env?.[name] === undefined)) names.push("env");
  return names;
}

/** The attributes of a task of which nothing is said. */
export const NO_ATTRIBUTES: TaskAttributes = {
  agent: null,
  fallbacks: [],
  capability: null,
  files: [],
  outputs: [],
  extract: [],
  check: null,
  command: null,
  timeout: null,
  retries: null,
  backoff: null,
  retryOn: null,
  idempotent: null,
  locks: null,
  cost: null,
  costCurrency: null,
  duration: null,
  priority: null,
  onFailure: null,
  cwd: null,
  env: {},
  role: null,
  change: null,
  reviews: null,
  rounds: null,
};

const INHERITED = [
  "agent",
  "capability",
  "files",
  "timeout",
  "retries",
  "backoff",
  "retryOn",
  "idempotent",
  "locks",
  "cost",
  "duration",
  "priority",
  "onFailure",
  "cwd",
  "role",
  "change",
  "rounds",
] as const;
