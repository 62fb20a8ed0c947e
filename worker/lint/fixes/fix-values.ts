import { AttemptFailureCode } from "../../../schemas/failure.ts";
import { BudgetMode, FailurePolicy } from "../../../schemas/spec.ts";
import { readAttribute } from "../../spec/attributes.ts";
import { nearestName } from "../../spec/nearest-name.ts";
import { frontEntry } from "../located.ts";
import type { AttributePlace } from "../places.ts";
import { shown } from "../shown-text.ts";
import { agentConflictFixes } from "./fix-agents.ts";
import { oneChange, type FixRequest } from "./fix-request.ts";
import { nextLine, removeLines, type Fix } from "./text-change.ts";

/** A key that is written nearly right. */
export function unknownKeyFixes({ diagnostic, span, reading }: FixRequest): Fix[] {
  const { text, outline } = reading;
  const near = /did you mean `([^`]+)`\?$/.exec(diagnostic.message)?.[1];
  const attribute = outline.tasks
    .flatMap(({ attributes }) => attributes)
    .find(({ keySpan, known, from, to }) => {
      return !known && from <= span.from && span.from <= to && keySpan.from >= span.from;
    });
  const key = attribute ? attribute.keySpan : span;
  if (near !== undefined) return oneChange(`Change to "${near}"`, { ...key, text: near }, true);
  const { front } = outline;
  const entry = front?.entries.find(({ from }) => front.from + from === span.from);
  if (!front || !entry) return [];
  // What YAML counts to a value reaches into the next line.
  const end = front.from + text.slice(front.from, Math.max(front.from + entry.value.to, span.to)).trimEnd().length;
  return oneChange(
    `Remove "${shown(text.slice(span.from, span.to), 40)}"`,
    removeLines(reading, { from: span.from, to: end }),
  );
}

/** A value that is not understood, where it is plain what was meant. */
export function badValueFixes(request: FixRequest): Fix[] {
  const { diagnostic, reading, place } = request;
  if (diagnostic.steps.length > 0 && place) return agentConflictFixes(request);
  const { range, message } = diagnostic;
  if (!range) return [];
  if (message.includes("is no status of Task Master")) return statusFixes(request);
  const owner = reading.outline.tasks.findLast(
    ({ line, task }) => line.from <= range.start && range.start <= task.range.end,
  );
  const attribute = owner?.attributes.find(({ from, to }) => from <= range.start && range.start <= to);
  if (!attribute) return [];
  if (message.includes("is written twice") || message.includes("has a `command` and an `sh` block")) {
    return oneChange(`Remove this ${attribute.key}`, removeLines(reading, attribute), true);
  }
  return valueGuesses(attribute, reading.text)
    .filter((guess) => readAttribute({}, attribute.key, { text: guess, bullets: [], code: null }) === null)
    .flatMap((guess, index) =>
      oneChange(`Change to "${shown(guess, 80)}"`, { ...attribute.value, text: guess }, index === 0),
    );
}

/** A word for a state that Task Master does not know. */
function statusFixes({ span, reading }: FixRequest): Fix[] {
  const written = reading.text.slice(span.from, span.to);
  const word = written.slice(1, -1).toLowerCase().replace(/[ _]/g, "-");
  const [meant = "pending"] = near(STATUS_WORDS[word] ?? word, TASK_MASTER_STATUSES);
  return oneChange(`Change to "${meant}"`, { ...span, text: `"${meant}"` }, true);
}

const TASK_MASTER_STATUSES = ["pending", "in-progress", "review", "done", "deferred", "cancelled"] as const;
/** Words of other tools for the same. */
const STATUS_WORDS: Readonly<Record<string, string>> = {
  ...{ todo: "pending", open: "pending", "to-do": "pending", started: "in-progress", wip: "in-progress" },
  ...{ finished: "done", complete: "done", closed: "done", skipped: "deferred", dropped: "cancelled" },
};

/** What may have been meant; the caller keeps what is a good value. */
function valueGuesses({ key, value, elements }: AttributePlace, text: string): string[] {
  const written = text.slice(value.from, value.to).trim();
  const bare = written.replace(/^[`"']|[`"']$/g, "");
  switch (key) {
    case "onFailure":
      return near(bare, FailurePolicy.options);
    case "retryOn":
      return [listOf(elements.map((one) => nearestName(one.text, ["any", "none", ...AttemptFailureCode.options], 4)))];
    case "idempotent":
      return /^(?:y|on|1|ja|true|yes)/i.test(bare) ? ["yes"] : /^(?:n|off|0|false)/i.test(bare) ? ["no"] : [];
    case "timeout":
    case "duration":
      return times(bare);
    case "cost":
      return amounts(bare);
    case "retries":
      return wholes(bare, 0, 100);
    case "priority":
      return wholes(bare, -1_000, 1_000);
    case "needs":
    case "locks":
      return [listOf(elements.filter((one) => one.text !== "none").map((one) => one.text))];
    case "extract":
      return [bare.replace(/:\s*(\/\S+)$/, ": json $1")];
    case "agent":
      if (elements.length > 1) return [listOf(elements.map(({ text: name }) => agentName(name)))];
      return [agentName(bare)];
    case "id":
    case "capability":
      return [bare.replace(/[^\p{L}\p{N}._-]+/gu, key === "capability" ? "_" : "-").replace(/^[-_.]+|[-_.]+$/g, "")];
    default:
      return [];
  }
}

function agentName(text: string): string {
  return text.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[-_.]+|[-_.]+$/g, "");
}

function listOf(names: readonly (string | null)[]): string {
  const known = names.filter((name) => name !== null);
  return known.length === names.length ? [...new Set(known)].join(", ") : "";
}

function near(word: string, names: readonly string[]): string[] {
  const name = nearestName(word, names, 4);
  return name === null ? [] : [name];
}

const UNITS: Readonly<Record<string, string>> = { sec: "s", min: "m", h: "h", hour: "h", day: "d", milli: "ms" };

/** `30`, `5 minutes`, `1 hr`. */
function times(word: string): string[] {
  if (/^\d+(?:\.\d+)?$/.test(word)) return [`${word}s`, `${word}m`];
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)\s*([a-z]+)\.?$/i.exec(word) ?? [];
  const known = Object.keys(UNITS).find((name) => unit.toLowerCase().startsWith(name));
  return amount === undefined || known === undefined ? [] : [`${amount}${UNITS[known] ?? ""}`];
}

/** `$5`, `0,50`, `5 €`. */
function amounts(word: string): string[] {
  const [, before = "", digits, after = ""] =
    /^([$€£]?)\s*(\d+(?:[.,]\d{1,6})?)\s*([$€£]?|[A-Za-z]{3})$/.exec(word) ?? [];
  if (digits === undefined) return [];
  const currency = { $: "USD", "€": "EUR", "£": "GBP" }[before === "" ? after : before] ?? after.toUpperCase();
  return [`${digits.replace(",", ".")} ${currency}`.trim()];
}

function wholes(word: string, lowest: number, highest: number): string[] {
  const number = Number(word);
  if (word === "" || !Number.isFinite(number)) return [];
  return [String(Math.min(highest, Math.max(lowest, Math.round(number))))];
}

/** What is wrong in the front matter, where it is plain what was meant. */
export function frontMatterFixes({ diagnostic, span, reading }: FixRequest): Fix[] {
  const { text, eol } = reading;
  const { message } = diagnostic;
  const written = text.slice(span.from, span.to);
  if (message.includes("is not closed")) {
    const at = endOfKeys(text);
    return oneChange("Close the front matter", { from: at, to: at, text: `---${eol}` }, true);
  }
  const change = (guesses: readonly string[]): Fix[] =>
    guesses.flatMap((guess, index) => oneChange(`Change to "${shown(guess)}"`, { ...span, text: guess }, index === 0));
  if (message.startsWith("`onFailure`")) return change(near(written, FailurePolicy.options));
  if (message.startsWith("`budget.mode`")) return change(near(written, BudgetMode.options));
  if (message.startsWith("`budget` must") || message.startsWith("`budget.total`")) return change(amounts(written));
  if (message.startsWith("`timeout`")) return change(times(written));
  if (message.startsWith("`maxConcurrent`") || message.startsWith("`pools.")) return change(wholes(written, 1, 1_000));
  if (message.startsWith("`inferLocks`")) return change(/^(?:on|1|y)/i.test(written) ? ["true"] : ["false"]);
  return [];
}

/** Behind the last line that looks like a key of the front matter that begins the text. */
function endOfKeys(text: string): number {
  let at = nextLine(text, 0);
  while (at < text.length) {
    const end = nextLine(text, at);
    if (!/^(?:[A-Za-z]\w*:(?:\s|$)|[ \t]+\S)/.test(text.slice(at, end))) break;
    at = end;
  }
  return at;
}

/** A block that was probably meant to be run. */
export function ignoredCommandFixes({ diagnostic, span, reading }: FixRequest): Fix[] {
  const language = /^a `([^`]+)` block is text/.exec(diagnostic.message)?.[1];
  if (language === undefined) return [];
  const at = reading.text.indexOf(language, span.from);
  if (at < 0) return [];
  return oneChange("Let the task run this block (sh)", { from: at, to: at + language.length, text: "sh" });
}

/** What looks like a box becomes one. */
export function ignoredTaskFixes({ diagnostic, span, reading }: FixRequest): Fix[] {
  if (!diagnostic.message.startsWith("this looks like a box")) return [];
  const box = /^([^[]*)\[([^[\]]{0,9})\](?:\\?\*(?!\*))?(\u00A0?)/u.exec(reading.text.slice(span.from, span.to));
  if (!box) return [];
  const [all, before = "", mark = "", hard = ""] = box;
  const end = span.from + all.length;
  if (before.includes("\u00A0"))
    return oneChange(
      "Change to ordinary spaces",
      { from: span.from, to: end, text: all.replaceAll("\u00A0", " ") },
      true,
    );
  if (diagnostic.message.endsWith("put a blank before it")) {
    const at = span.from + before.length;
    return oneChange("Put a blank before the box", { from: at, to: at, text: " " }, true);
  }
  if (diagnostic.message.endsWith("put a blank behind it"))
    return oneChange("Put a blank behind the box", { from: end - hard.length, to: end, text: " " }, true);
  const place = { from: span.from + before.length, to: span.from + before.length + mark.length + 2 };
  const isDone = /[xXv\u2713\u2714]/.test(mark);
  return [
    ...oneChange("Change to [ ], an open task", { ...place, text: "[ ]" }, !isDone),
    ...oneChange("Change to [x], a finished task", { ...place, text: "[x]" }, isDone),
  ];
}

/** The estimate is above the budget: the budget follows it, in whole hundredths. */
export function budgetFixes({ diagnostic, facts, reading }: FixRequest): Fix[] {
  const { budget } = reading.document.settings;
  const span = frontEntry(reading, "budget");
  if (!facts || !budget || !span) return [];
  const amount = diagnostic.code === "near-budget" ? facts.highCost : facts.knownCost;
  const raised = (Math.ceil(Math.round(amount * 1e6) / 1e4) / 100).toFixed(2);
  const { front } = reading.outline;
  const entry = front?.entries.find(({ key }) => key === "budget")?.value;
  const total = entry?.kind === "map" ? entry.entries.find(({ key }) => key === "total")?.value : null;
  const title = `Raise the budget to ${raised} ${budget.currency}`;
  if (!front || entry?.kind !== "map") {
    return oneChange(title, { ...span, text: `${raised} ${budget.currency}` }, diagnostic.code === "over-budget");
  }
  if (!total) return [];
  const place = { from: front.from + total.from, to: front.from + total.to };
  return oneChange(title, { ...place, text: raised }, diagnostic.code === "over-budget");
}
