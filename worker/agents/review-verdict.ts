import { z } from "zod";
import type { ReviewVerdict } from "../../schemas/event.ts";
import { failed, failure, success, type Outcome } from "../../schemas/failure.ts";
import type { JsonValue } from "./adapter.ts";

/** What a review has said, wherever it may stand. */
export interface SaidByReview {
  /** The end of its standard output. */
  readonly printed: string;
  /** What the agent answered as JSON or text; absent: nothing. */
  readonly answer?: JsonValue;
}

/**
 * The verdict of a review: the answer of its agent, else the last JSON object with a verdict in what it printed, else its last line
 * `VERDICT: approved` or `VERDICT: changes_requested`, with what stands behind that line as findings, or before it where nothing does. What
 * comes last counts. No verdict, and changes that are requested without a word of what is wrong, are a failure (`output_missing`).
 */
export function readVerdict({ printed, answer }: SaidByReview): Outcome<ReviewVerdict> {
  const found =
    fromValue(answer) ?? (typeof answer === "string" ? fromText(answer) : null) ?? fromText(printed) ?? null;
  if (found === null) return failed(failure("output_missing", `the review gave no verdict: ${EXPECTED}`));
  const findings = found.findings.trim();
  if (found.verdict === "changes_requested" && findings === "")
    return failed(failure("output_missing", `the review asks for changes and does not say which: ${EXPECTED}`));
  return success({ verdict: found.verdict, findings: shortened(findings) });
}

const EXPECTED =
  'its answer must end with {"verdict": "approved"} or {"verdict": "changes_requested", "findings": ["what is wrong and where"]}, or with a line VERDICT: approved or VERDICT: changes_requested and the findings below it';

const Said = z.object({
  verdict: z.string(),
  findings: z.union([z.string(), z.array(z.json()), z.null()]).optional(),
});

interface Found {
  readonly verdict: ReviewVerdict["verdict"];
  readonly findings: string;
}

function fromValue(value: unknown): Found | null {
  const said = Said.safeParse(value);
  const verdict = said.success ? verdictOf(said.data.verdict) : null;
  return said.success && verdict !== null ? { verdict, findings: findingsOf(said.data.findings) } : null;
}

/** Agents write the words in their own way. */
function verdictOf(text: string): ReviewVerdict["verdict"] | null {
  const word = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_")
    .replaceAll(/[.!*`]+/g, "");
  if (word === "approved" || word === "approve") return "approved";
  return /^(?:changes_requested|request_changes|changes_required)$/.test(word) ? "changes_requested" : null;
}

function findingsOf(findings: z.infer<typeof Said>["findings"]): string {
  if (typeof findings === "string") return findings;
  return (findings ?? [])
    .map((finding) => `- ${typeof finding === "string" ? finding : JSON.stringify(finding)}`)
    .join("\n");
}

/** Of what is printed, in characters. */
const LOOKED_AT = 200_000;

function fromText(whole: string): Found | null {
  const text = whole.slice(-LOOKED_AT);
  const [json, line] = [lastObject(text), lastLine(text)];
  if (json === null || line === null) return json?.found ?? line?.found ?? null;
  return json.at > line.at ? json.found : line.found;
}

interface Placed {
  readonly at: number;
  readonly found: Found;
}

/** As many beginnings are tried as a review may well have. */
const BEGINNINGS_TRIED = 200;

function lastObject(text: string): Placed | null {
  let tries = BEGINNINGS_TRIED;
  for (let key = lastBefore(text, '"verdict"', text.length); key >= 0; key = lastBefore(text, '"verdict"', key)) {
    // Between the beginning and the key may stand findings, and braces in them.
    for (let begin = lastBefore(text, "{", key); begin >= 0 && tries > 0; begin = lastBefore(text, "{", begin)) {
      tries -= 1;
      const found = fromValue(objectAt(text, begin));
      if (found !== null) return { at: begin, found };
    }
    if (tries === 0) return null;
  }
  return null;
}

function lastBefore(text: string, what: string, end: number): number {
  return end === 0 ? -1 : text.lastIndexOf(what, end - 1);
}

/** The JSON object that begins here; undefined: none does. Braces in strings do not count. */
function objectAt(text: string, begin: number): unknown {
  let depth = 0;
  let isString = false;
  for (let index = begin; index < text.length; index += 1) {
    const char = text[index];
    if (isString) {
      if (char === "\\") index += 1;
      else if (char === '"') isString = false;
    } else if (char === '"') isString = true;
    else if (char === "{" || char === "[") depth += 1;
    else if (char === "}" || char === "]") {
      depth -= 1;
      if (depth === 0) return parsed(text.slice(begin, index + 1));
    }
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const VERDICT_LINE = /^[ \t>*_#`-]{0,10}verdict[ \t*_`]{0,10}:[ \t*_`]{0,10}([a-z][a-z _-]{0,40})[*_`.! \t]{0,10}$/i;

function lastLine(text: string): Placed | null {
  let end = text.length;
  while (end >= 0) {
    const begin = lastBefore(text, "\n", end) + 1;
    const [, word = ""] = VERDICT_LINE.exec(text.slice(begin, Math.min(end, begin + LONGEST_LINE)).trimEnd()) ?? [];
    const verdict = verdictOf(word.replaceAll("_", " "));
    if (verdict !== null) {
      const behind = text.slice(end).trim();
      return { at: begin, found: { verdict, findings: behind === "" ? text.slice(0, begin) : behind } };
    }
    if (begin === 0) return null;
    end = begin - 1;
  }
  return null;
}

const LONGEST_LINE = 200;
const LONGEST_FINDINGS = 50_000;

function shortened(text: string): string {
  if (text.length <= LONGEST_FINDINGS) return text;
  const note = "\n(the rest is left out: a review may have 50,000 characters of findings)";
  return text.slice(0, LONGEST_FINDINGS - note.length).toWellFormed() + note;
}
