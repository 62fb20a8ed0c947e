import { CRITERIA_HEADING, REQUIREMENT_HEADING } from "./dialect-kiro-requirements.ts";
import type { FrontMatter } from "./front-matter.ts";

/** What a look at the lines of a text tells, without reading it in full. */
export interface TextFacts {
  /** Inside the workspace, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly front: FrontMatter;
  /** Lines with a box, outside of fenced code. */
  readonly boxes: number;
  /** Of these, with a Spec Kit id such as T001. */
  readonly taskIds: number;
  /** Of these, with a number such as 1 or 2.1. */
  readonly numbered: number;
  /** Headings that begin with a Spec Kit id. */
  readonly headingIds: number;
  /** Headings such as `## 1. Setup`. */
  readonly numberedHeadings: number;
  /** What only Kiro writes: `_Requirements: 1.1_` lines and stars behind boxes. */
  readonly kiroMarks: number;
  /** Headings such as `### Requirement 1`, and those above acceptance criteria. */
  readonly requirementHeadings: number;
  readonly criteriaHeadings: number;
  /** Headings and paragraphs that are checkpoints. */
  readonly checkpoints: number;
  /** Bullets below a task that only our dialect has, such as `- needs: a`. */
  readonly ownBullets: number;
}

const BOX =
  /^[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX~-]\](\\?\*)?[ \t]+(?:\*\*)?([A-Z]\d{1,6}[\w.]{0,6}|\d{1,6}(?:\.\d{1,6})*[.)]?)?(?=[\s*:.\])]|$)?/;
const FENCE = /^[ \t>]*(?:[-*+][ \t]+)?(`{3,}|~{3,})/;
const OWN_BULLET =
  /^[ \t]+[-*+][ \t]+`?(?:id|needs|agent|capability|command|check|output|retries|onFailure|cwd|env)`?:[ \t]/;

/** Looks at each line once. */
export function factsOf(path: string, text: string, front: FrontMatter): TextFacts {
  const count = {
    boxes: 0,
    taskIds: 0,
    numbered: 0,
    headingIds: 0,
    numberedHeadings: 0,
    kiroMarks: 0,
    requirementHeadings: 0,
    criteriaHeadings: 0,
    checkpoints: 0,
    ownBullets: 0,
  };
  let fence: string | null = null;
  for (const full of text.slice(front.bodyStart).split("\n")) {
    const line = full.length > 400 ? full.slice(0, 400) : full;
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === null || (mark.startsWith(fence) && line.trim() === mark))) {
      fence = fence === null ? mark : null;
      continue;
    }
    if (fence !== null) continue;
    if (/^(?:#+[ \t]+)?[*_`]{0,4}checkpoint(?![\p{L}\p{N}])/iu.test(line)) count.checkpoints += 1;
    const box = BOX.exec(line);
    if (box) {
      count.boxes += 1;
      const [, star, id = ""] = box;
      if (star !== undefined) count.kiroMarks += 1;
      if (/^[A-Z]/.test(id)) count.taskIds += 1;
      else if (id !== "") count.numbered += 1;
    } else if (line.startsWith("#")) {
      if (/^#{2,4}[ \t]+(?:\*\*)?T\d{2,6}/.test(line)) count.headingIds += 1;
      if (/^##[ \t]+\d{1,3}\.[ \t]/.test(line)) count.numberedHeadings += 1;
      if (REQUIREMENT_HEADING.test(line.trimEnd())) count.requirementHeadings += 1;
      else if (CRITERIA_HEADING.test(line)) count.criteriaHeadings += 1;
    } else if (/_(?:Requirements|Depends|Boundary):/.test(line)) count.kiroMarks += 1;
    else if (OWN_BULLET.test(line)) count.ownBullets += 1;
  }
  return { path, text, front, ...count };
}
