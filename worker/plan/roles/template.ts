import { nearestName } from "../../spec/nearest-name.ts";
import { isPlaceholder, placeholderNames, type Placeholder, type PlaceTexts } from "./placeholders.ts";

/** `{{name}}`. What else stands between braces is text. */
const PLACE = /\{\{[ \t]*([A-Za-z][\w-]{0,50})[ \t]*\}\}/g;

/** What is wrong with a template, and where. */
export interface TemplateProblem {
  /** From 1; null: something is not there at all. */
  readonly line: number | null;
  /** What is wrong and what to do about it. */
  readonly message: string;
}

/** Everything that is wrong with a template: places that do not exist, and needed ones that are not there. */
export function templateProblems(text: string, needed: readonly Placeholder[]): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const present = new Set<string>();
  for (const [index, line] of text.split("\n").entries()) {
    for (const [, name = ""] of line.matchAll(PLACE)) {
      present.add(name);
      if (isPlaceholder(name)) continue;
      const near = nearestName(name, placeholderNames());
      const advice = near === null ? `there are ${placeholderNames().join(", ")}` : `did you mean {{${near}}}?`;
      problems.push({ line: index + 1, message: `{{${name}}} stands for nothing: ${advice}` });
    }
  }
  const lacking = needed.filter((name) => !present.has(name)).map((name) => `{{${name}}}`);
  if (lacking.length > 0) {
    const message = `${lacking.join(", ")} ${lacking.length === 1 ? "is" : "are"} missing, so that its agents would not be told what they have to know: add ${lacking.length === 1 ? "it" : "them"}`;
    problems.push({ line: null, message });
  }
  return problems;
}

export function hasPlace(text: string, name: Placeholder): boolean {
  return [...text.matchAll(PLACE)].some((match) => match[1] === name);
}

/**
 * Puts the texts into a template, each once and as it is: what looks like a place within a text is text. A line that is only a place
 * without a text goes, and the empty line behind it.
 */
export function fillTemplate(template: string, texts: PlaceTexts): string {
  const lines: string[] = [];
  for (const line of template.split("\n")) {
    const filled = line.replace(PLACE, (whole, name: string) => (isPlaceholder(name) ? texts[name] : whole));
    const isGone = filled.trim() === "" && line.trim() !== "";
    const isSecondEmpty = filled.trim() === "" && (lines.at(-1) ?? "") === "";
    if (!isGone && !isSecondEmpty) lines.push(filled);
  }
  return `${lines.join("\n").trim()}\n`;
}
