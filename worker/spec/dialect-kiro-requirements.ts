import type { SpecRequirement } from "../../schemas/spec.ts";
import { requirementTitle, REQUIREMENTS_READ } from "./requirement-title.ts";
import { textLines } from "./text-lines.ts";

/** `### Requirement 1: Title`, also in the languages that Kiro and cc-sdd write. */
export const REQUIREMENT_HEADING =
  /^(#{2,4})[ \t]+(?:\*\*)?(?:requirement|需求|要求|要件|요구사항|requisito|exigence|anforderung|требование)[ \t]*(\d{1,6}(?:\.\d{1,6}){0,3}[a-z]?)(?![\p{L}\p{N}])[ \t]*(?:[-–—:：.。][ \t]*)?(.*)$/iu;
/** The heading, or the bold line, above the criteria. */
export const CRITERIA_HEADING =
  /^(?:#{2,6}[ \t]+|\*\*)(?:\d[\d.]*[ \t]+)?(?:acceptance criteria|验收标准|驗收標準|受け入れ基準|受入基準|인수 기준|criterios de aceptaci|critères d'acceptation|akzeptanzkriterien|критерии при)/iu;
/** `1. WHEN …`, `1.1 WHEN …`, `- **1.1** WHEN …`. */
const CRITERION =
  /^([ \t]*)(?:[-+*][ \t]+)?(?:\*\*)?(\d{1,6}(?:\.\d{1,6}){0,4}[a-z]?)(?:[.):：、]|(?=[ \t*]))(?:\*\*)?[.:]?[ \t]*(.*)$/u;

/** The parts of Kiro's `bugfix.md`, in which each line has its full number. What is wrong today is nothing to be done. */
const BUGFIX_PART = /^#{2,4}[ \t]+(?:\*\*)?(current|expected|unchanged) behaviou?r/i;
const BUGFIX_LINE = /^(?:[-+*][ \t]+)?(?:\*\*)?(\d{1,6}\.\d{1,6}[a-z]?)(?:\*\*)?[.):]?(?:\*\*)?[ \t]+(.*)$/;

/**
 * The requirements of Kiro's `requirements.md`: headings with a number, and below them the numbered criteria (EARS: "WHEN … THE SYSTEM
 * SHALL …"), which tasks call `1.2`. Those of a bug fix stand in `bugfix.md`, below "Expected Behavior" and its like. Linear in the text.
 */
export function readKiroRequirements(text: string, path: string): SpecRequirement[] {
  const requirements: SpecRequirement[] = [];
  const taken = new Set<string>();
  let current: { id: string; level: number; count: number; inCriteria: boolean; indent: number } | null = null;
  let part: string | null = null;
  const add = (id: string, title: string, criterion: boolean, line: number): void => {
    if (taken.has(id) || requirements.length >= REQUIREMENTS_READ) return;
    taken.add(id);
    requirements.push({ id, title: requirementTitle(title), criterion, path, line });
  };
  for (const { number, text: line } of textLines(text)) {
    const heading = REQUIREMENT_HEADING.exec(line);
    if (heading) {
      const [, marks = "", id = "", title = ""] = heading;
      part = null;
      current = { id, level: marks.length, count: 0, inCriteria: false, indent: Infinity };
      add(id, title, false, number);
      continue;
    }
    if (line.startsWith("#")) part = BUGFIX_PART.exec(line)?.[1]?.toLowerCase() ?? null;
    if (part !== null) {
      const [, id, words = ""] = BUGFIX_LINE.exec(line) ?? [];
      if (id !== undefined) add(id, words, part !== "current", number);
      continue;
    }
    if (!current) continue;
    if (CRITERIA_HEADING.test(line)) current.inCriteria = true;
    else if (line.startsWith("#")) {
      const level = /^#+/.exec(line)?.[0].length ?? 0;
      if (level <= current.level) current = null;
      else current.inCriteria = false;
    } else if (current.inCriteria) {
      const criterion = CRITERION.exec(line);
      if (!criterion) continue;
      const [, { length: indent } = "", written = "", words = ""] = criterion;
      // What is indented further is a part of a criterion.
      if (indent > current.indent) continue;
      current.indent = indent;
      current.count += 1;
      add(idOf(current, written, taken), words, true, number);
    }
  }
  return requirements;
}

/** `2` of requirement 1 is `1.2`, and so is `1.2`; a list whose numbers are all `1.` counts its items. */
function idOf({ id, count }: { id: string; count: number }, written: string, taken: ReadonlySet<string>): string {
  if (written.startsWith(`${id}.`)) return written;
  const own = `${id}.${written}`;
  return taken.has(own) ? `${id}.${count}` : own;
}
