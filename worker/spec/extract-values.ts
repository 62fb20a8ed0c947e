import type { Extractor } from "../../schemas/spec.ts";
import { accepted, bare, readPath, refused, type Reading, type WrittenValue } from "./attribute-values.ts";

const EXAMPLE = "`url: /Deployed to (\\S+)/`";
const MOST = 50;
const LONGEST_PATTERN = 1_000;
/** Names are parts of variables' names, so those that differ only by case would be one. */
const NAME = /^([A-Za-z][A-Za-z0-9_]{0,63})[ \t]*[:=][ \t]*/;

/**
 * The named outputs of a task (catalogue D8): one behind the key, or one a bullet below it.
 *
 *     NAME: [text | number | url] [output | result | file PATH] [/PATTERN/ | json /POINTER]
 *
 * Without a type it is a URL when it is called one, else text; without a source it is taken from what the task prints.
 */
export function readExtract(written: WrittenValue): Reading<Extractor[]> {
  const entries = written.text === "" ? written.bullets : [written.text];
  if (entries.length === 0) return refused(`a name and where it is found, such as ${EXAMPLE}`);
  if (entries.length > MOST) return refused(`at most ${MOST} outputs`);
  const extractors: Extractor[] = [];
  const names = new Set<string>();
  for (const entry of entries) {
    const reading = readExtractor(bare(entry));
    if (!reading.ok) return reading;
    const { name } = reading.value;
    if (names.has(name.toUpperCase())) return refused(`another name for the second "${name}"`);
    names.add(name.toUpperCase());
    extractors.push(reading.value);
  }
  return accepted(extractors);
}

function readExtractor(text: string): Reading<Extractor> {
  const [lead, name] = NAME.exec(text) ?? [];
  if (lead === undefined || name === undefined) {
    return refused(`a name of letters, digits and underscores, a colon and where it is found, such as ${EXAMPLE}`);
  }
  const words = new Words(bare(text.slice(lead.length)));
  const type = words.take(TYPES) ?? (/(?:^|_)url$|[a-z0-9]U(?:rl|RL)$|^URL$/.test(name) ? "url" : "text");
  const from = words.take(SOURCES) ?? "output";
  const path = from === "file" ? readPath(words.takeWord()) : null;
  if (path?.ok === false) return refused(`\`file\` with ${path.expected}, such as \`${name}: file dist/version.txt\``);
  const base = { name, from, path: path?.value ?? null, type };
  if (words.take(["json"] as const)) {
    const pointer = words.rest;
    return /^(?:\/(?:[^~/]|~[01])*)+$/.test(pointer)
      ? accepted({ ...base, pattern: null, pointer })
      : refused(
          `\`json\` with the way to the value, such as \`${name}: ${from === "output" ? "" : "result "}json /url\``,
        );
  }
  if (words.rest === "") return accepted({ ...base, pattern: null, pointer: null });
  const pattern = readPattern(words.rest, name);
  return pattern.ok ? accepted({ ...base, pattern: pattern.value, pointer: null }) : pattern;
}

const TYPES = ["text", "number", "url"] as const;
const SOURCES = ["output", "result", "file"] as const;

/** What stands behind a name, word by word from the left. */
class Words {
  rest: string;

  constructor(text: string) {
    this.rest = text.trim();
  }

  /** The next word when it is one of these, else null. */
  take<Word extends string>(words: readonly Word[]): Word | null {
    const found = words.find(
      (word) => this.rest === word || (/^[ \t]/.test(this.rest.slice(word.length)) && this.rest.startsWith(word)),
    );
    if (found === undefined) return null;
    this.rest = this.rest.slice(found.length).trimStart();
    return found;
  }

  /** The next word, or what stands in quotes or backticks. */
  takeWord(): string {
    const [all = "", quoted] = /^(?:"[^"]*"|'[^']*'|`[^`]*`|[^\s"'`]\S*)/.exec(this.rest) ?? [""];
    this.rest = this.rest.slice(all.length).trimStart();
    return bare(quoted ?? all);
  }
}

/** `/PATTERN/` and `/PATTERN/i`, in the syntax of RE2: without what cannot be matched in linear time (SEC24). */
function readPattern(text: string, name: string): Reading<string> {
  const [, pattern, flags = ""] = /^\/(.+)\/([a-z]*)$/.exec(text) ?? [];
  if (pattern === undefined) {
    const pointer = /^\/[^\s]*$/.test(text) ? `, or \`${name}: json ${text}\` for a value of JSON` : "";
    return refused(`a pattern between slashes, such as ${EXAMPLE}${pointer}`);
  }
  if (flags !== "" && flags !== "i") return refused("no letter behind the pattern but `i`, which ignores case");
  if (pattern.length > LONGEST_PATTERN) return refused(`a pattern of at most ${LONGEST_PATTERN} characters`);
  const problem = patternProblem(pattern);
  return problem === null ? accepted(flags === "i" ? `(?i)${pattern}` : pattern) : refused(problem);
}

/** What is not accepted in a pattern; null when it is good. It says what would be, as readings do. */
function patternProblem(pattern: string): string | null {
  const plain = pattern.replace(/\\[^1-9k]/gs, "__");
  if (/\\/.test(plain)) return "a pattern that does not refer back to its own groups (`\\1`)";
  if (/\(\?(?:[=!]|<[=!])/.test(plain)) return "a pattern without looking ahead or back (`(?=`, `(?!`, `(?<=`, `(?<!`)";
  for (const [, low = "", high = ""] of plain.matchAll(/\{(\d+)(?:,(\d*))?\}/g))
    if (Number(low) > MOST_REPEATS || Number(high) > MOST_REPEATS)
      return `at most ${MOST_REPEATS} repetitions in a pattern`;
  try {
    new RegExp(pattern);
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^.*: /s, "") : "";
    return `a pattern that can be read (${why.toLowerCase()})`;
  }
}

const MOST_REPEATS = 1_000;
