import { parseDuration } from "../../schemas/duration.ts";
import { parseAmount } from "../../schemas/money.ts";
import { FailurePolicy, type Command } from "../../schemas/spec.ts";
import { readYaml } from "./yaml-value.ts";

/** What stands behind a key: text on its line, or bullets or an `sh` block below it. */
export interface WrittenValue {
  readonly text: string;
  readonly bullets: readonly string[];
  readonly code: string | null;
}

/** A value, or what would have been accepted. */
export type Reading<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

export function accepted<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function refused(expected: string): Reading<never> {
  return { ok: false, expected };
}

/** `a, b`, `[a, b]` or bullets; each may stand in backticks or quotes. */
export function readList(written: WrittenValue): Reading<string[]> {
  const expected = "names separated by commas, a list in square brackets, or bullets below";
  const list = written.text === "" ? [...written.bullets] : listElements(unquoteCode(written.text));
  if (list === null) return refused(expected);
  const names = list.map(bare);
  return names.length > 0 && names.every((name) => name !== "") ? accepted(names) : refused(expected);
}

export function readNeeds(written: WrittenValue): Reading<string[]> {
  const list = readList(written);
  if (!list.ok) return refused("ids of tasks separated by commas, or `none`");
  if (!list.value.includes("none")) return list;
  return list.value.length === 1 ? accepted([]) : refused("either `none` or ids, not both");
}

/** Names of agents and capabilities: one word. */
export function readName(written: WrittenValue): Reading<string> {
  const name = bare(written.text);
  return /^[\p{L}\p{N}_][\p{L}\p{N}._-]{0,99}$/u.test(name)
    ? accepted(name)
    : refused("one name of letters, digits, dot, dash and underscore");
}

export function readId(written: WrittenValue): Reading<string> {
  const id = bare(written.text);
  if (id === "none") return refused("an id other than `none`, which `needs` uses for no dependency");
  return /^[^\s,`[\]{}"']{1,100}$/u.test(id) ? accepted(id) : refused("one word without commas, quotes and brackets");
}

/** `[program, argument]` runs without a shell; other text, or an `sh` block below the key, is for `/bin/sh -e`. */
export function readCommand(written: WrittenValue): Reading<Command> {
  const text = unquoteCode(written.text);
  if (text.startsWith("[") && text.endsWith("]")) {
    const argv = listElements(text);
    return argv && argv.length > 0 && argv[0] !== "" && argv.every((part) => !part.includes("\0"))
      ? accepted({ kind: "argv", argv })
      : refused("a list such as `[npm, test]`; the first entry is the program");
  }
  const script = readScript(written);
  return script.ok ? accepted({ kind: "shell", script: script.value }) : script;
}

/** Text for `/bin/sh -e`, on the line or in an `sh` block below the key. */
export function readScript(written: WrittenValue): Reading<string> {
  const script = written.text === "" ? (written.code ?? "") : unquoteCode(written.text);
  return script.trim() === "" || script.includes("\0")
    ? refused("a shell command, such as `npm test`")
    : accepted(script);
}

export function readTimeout(written: WrittenValue): Reading<number | "none"> {
  if (bare(written.text) === "none") return accepted("none");
  const duration = readDuration(written);
  return duration.ok && duration.value > 0 ? duration : refused("a time such as `90s`, `2m` or `1h30m`, or `none`");
}

export function readDuration(written: WrittenValue): Reading<number> {
  const duration = parseDuration(bare(written.text));
  return duration === null ? refused("a time such as `90s`, `2m` or `1h30m`") : accepted(duration);
}

/** The currency is null when only a number is written: it is then the plan's. */
export function readCost(written: WrittenValue): Reading<{ amount: number; currency: string | null }> {
  const cost = parseAmount(bare(written.text));
  if (cost === null || cost.amount > 1_000_000_000) return refused("an amount such as `0.50` or `0.50 USD`");
  return accepted(cost);
}

export function readWhole(written: WrittenValue, lowest: number, highest: number): Reading<number> {
  const text = bare(written.text);
  const value = /^[+-]?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= lowest && value <= highest ? accepted(value) : refused(`a whole number from ${lowest} to ${highest}`);
}

export function readFailurePolicy(written: WrittenValue): Reading<FailurePolicy> {
  const policy = FailurePolicy.safeParse(bare(written.text));
  return policy.success
    ? accepted(policy.data)
    : refused(FailurePolicy.options.map((name) => `\`${name}\``).join(" or "));
}

/** Files and folders of the workspace, with `/`. Absolute paths and paths that leave the workspace are refused. */
export function readPath(text: string): Reading<string> {
  const path = text.replaceAll("\\", "/");
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return refused("a path that stays inside the workspace");
  }
  if (path === "" || path.includes("\0")) return refused("a path");
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return refused("a path relative to the workspace folder");
  return accepted(path);
}

export function readPaths(written: WrittenValue): Reading<string[]> {
  const list = readList(written);
  if (!list.ok) return list;
  const paths: string[] = [];
  for (const entry of list.value) {
    const path = readPath(entry);
    if (!path.ok) return path;
    paths.push(path.value);
  }
  return accepted(paths);
}

/** `A=1, B=2`, `{A: 1, B: 2}`, or bullets `A=1`. */
export function readEnvironment(written: WrittenValue): Reading<Record<string, string>> {
  const expected = "variables such as `A=1, B=2`";
  const text = unquoteCode(written.text);
  const pairs = text.startsWith("{")
    ? mapPairs(text)
    : assignments(text === "" ? written.bullets : splitAssignments(text));
  if (pairs === null || pairs.length === 0) return refused(expected);
  const environment: Record<string, string> = {};
  for (const [name, value] of pairs) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name === "__proto__" || value.includes("\0"))
      return refused(expected);
    environment[name] = value;
  }
  return accepted(environment);
}

function splitAssignments(text: string): string[] {
  return text.split(/,\s*(?=[A-Za-z_]\w{0,200}\s?=)/);
}

function assignments(entries: readonly string[]): [string, string][] | null {
  const pairs: [string, string][] = [];
  for (const entry of entries) {
    const text = unquoteCode(entry);
    const at = text.indexOf("=");
    if (at < 0) return null;
    pairs.push([text.slice(0, at).trim(), unquote(text.slice(at + 1).trim())]);
  }
  return pairs;
}

function mapPairs(text: string): [string, string][] | null {
  const { value, problems } = readYaml(text);
  if (problems.length > 0 || value.kind !== "map") return null;
  const pairs: [string, string][] = [];
  for (const entry of value.entries) {
    if (entry.value.kind !== "text") return null;
    pairs.push([entry.key, entry.value.text]);
  }
  return pairs;
}

/** Lists that mean the same when they are split at commas; YAML, which is slow, reads the others. */
const SIMPLE_LIST =
  /^\s*(?:[\w./@%+=~^][\w./@%+=~^-]*|"[^",\\]*"|'[^',]*')\s*(?:,\s*(?:[\w./@%+=~^-]*[\w./@%+=~^]|"[^",\\]*"|'[^',]*')\s*)*$/;

const INPUT_NAME = /\{\{[ \t]{0,20}[A-Za-z][\w-]{0,63}[ \t]{0,20}\}\}/g;

/** Elements of `[a, "b c"]` or `a, b`; null when brackets hold something else than a flat list. */
function listElements(text: string): string[] | null {
  if (!text.startsWith("[")) return text.split(",").map((element) => element.trim());
  if (!text.endsWith("]")) return null;
  const inner = text.slice(1, -1);
  // YAML would read the name of an input, which is filled in later, as a map.
  if (SIMPLE_LIST.test(inner.replace(INPUT_NAME, "x")))
    return inner.split(",").map((element) => unquote(element.trim()));
  const { value, problems } = readYaml(text);
  if (problems.length > 0 || value.kind !== "list") return null;
  const elements: string[] = [];
  for (const item of value.items) {
    if (item.kind !== "text") return null;
    elements.push(item.text);
  }
  return elements;
}

/** One value without the backticks or quotes around it. */
export function bare(text: string): string {
  return unquote(unquoteCode(text.trim()));
}

/** Takes away one pair of backticks around the whole text. */
function unquoteCode(text: string): string {
  return /^`[^`]+`$/.test(text) ? text.slice(1, -1).trim() : text;
}

function unquote(text: string): string {
  return /^"[^"]*"$/.test(text) || /^'[^']*'$/.test(text) ? text.slice(1, -1) : text;
}
