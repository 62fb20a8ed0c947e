import type { Dialect } from "../../schemas/spec.ts";
import { isCheckpoint } from "./checkpoint-words.ts";
import { CRITERIA_HEADING, REQUIREMENT_HEADING } from "./dialect-kiro-requirements.ts";
import type { FrontMatter } from "./front-matter.ts";
import { TASK_ID } from "./speckit-words.ts";
import { textLines } from "./text-lines.ts";

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
  /** What only Spec Kit writes: phases, and labels such as `[US1]` behind an id. */
  readonly speckitMarks: number;
  /** What only Kiro writes: `_Requirements: 1.1_` lines and stars behind boxes. */
  readonly kiroMarks: number;
  /** Headings such as `### Requirement 1`, and those above acceptance criteria. */
  readonly requirementHeadings: number;
  readonly criteriaHeadings: number;
  /** Headings and paragraphs that are checkpoints. */
  readonly checkpoints: number;
  /** Bullets below a task, and blocks, that only mean something in our dialect, such as `- needs: a`. */
  readonly ownMarks: number;
}

/** A dialect, and why a file is of it, in words that follow "because". */
export interface Recognition {
  readonly dialect: Dialect;
  readonly why: string;
}

/** Says why a file is of the dialect; null: this sign is not there. */
interface Sign {
  readonly dialect: Dialect;
  readonly why: (facts: TextFacts) => string | null;
}

/** The first sign that is there decides. A name or a place says more than the content, and marks that only one tool writes more than others. */
const SIGNS: readonly Sign[] = [
  { dialect: "taskmaster", why: whyTaskMaster },
  {
    dialect: "spec",
    why: ({ path, boxes, checkpoints }) =>
      /\.spec\.md$/i.test(path) && boxes + checkpoints > 0 ? "its name ends in .spec.md" : null,
  },
  {
    dialect: "spec",
    why: ({ boxes, front, ownMarks }) =>
      boxes > 0 && front.hasOwnKeys && ownMarks > 0 ? "its front matter and its tasks have keys of Planwright" : null,
  },
  { dialect: "kiro-requirements", why: whyRequirements },
  {
    dialect: "openspec",
    why: ({ path, boxes }) =>
      boxes > 0 && /(?:^|\/)openspec\/changes\/(?:.*\/)?tasks\.md$/i.test(path)
        ? "it is the tasks.md of an OpenSpec change"
        : null,
  },
  { dialect: "speckit", why: whySpecKit },
  {
    dialect: "kiro",
    why: ({ path, numbered }) =>
      numbered > 0 && /(?:^|\/)\.(?:kiro|sce)\/specs\/(?:.*\/)?tasks\.md$/i.test(path)
        ? "it is the tasks.md of a Kiro spec"
        : null,
  },
  {
    dialect: "openspec",
    why: ({ boxes, numbered, numberedHeadings, kiroMarks }) =>
      kiroMarks === 0 && numberedHeadings > 0 && numbered > 0 && numbered * 2 >= boxes
        ? "its groups and boxes are numbered as in OpenSpec"
        : null,
  },
  {
    dialect: "kiro",
    why: ({ boxes, numbered, kiroMarks }) =>
      kiroMarks > 0 && numbered > 0 && numbered * 2 >= boxes ? "it has numbered boxes and other marks of Kiro" : null,
  },
  {
    dialect: "spec",
    why: ({ boxes, front, ownMarks }) => {
      if (boxes > 0 && front.hasOwnKeys) return "its front matter has keys of Planwright";
      return boxes > 0 && ownMarks > 0 ? "its tasks have attributes of Planwright" : null;
    },
  },
  {
    dialect: "kiro",
    // Without another mark a list that is only partly numbered is somebody's own.
    why: ({ boxes, numbered }) =>
      numbered > 1 && numbered * 10 >= boxes * 9 ? "its boxes are numbered as in Kiro" : null,
  },
  { dialect: "checklist", why: ({ boxes }) => (boxes > 0 ? "it has boxes, and no marks of another dialect" : null) },
  {
    dialect: "prose",
    why: ({ text, front }) => (text.slice(front.bodyStart).trim() === "" ? null : "it has no boxes"),
  },
];

/** The dialect of a file, from where it stands and what is in it. Null: there is nothing in it. */
export function recognise(facts: TextFacts): Recognition | null {
  for (const { dialect, why } of SIGNS) {
    const reason = why(facts);
    if (reason !== null) return { dialect, why: reason };
  }
  return null;
}

function whyTaskMaster({ path, text }: TextFacts): string | null {
  if (/(?:^|\/)tasks\/tasks\.json$/i.test(path)) return "it is the tasks.json of Task Master";
  if (!/\.json$/i.test(path)) return null;
  return /"tasks"\s*:/.test(text)
    ? "it is JSON with a list of tasks, as Task Master has it"
    : "it is JSON, and Task Master's is the only kind with tasks";
}

function whyRequirements({ path, boxes, requirementHeadings, criteriaHeadings }: TextFacts): string | null {
  const name = /(?:^|\/)\.(?:kiro|sce)\/specs\/.*\/((?:requirements|bugfix)\.md)$/i.exec(path)?.[1];
  if (name !== undefined) return `it is the ${name.toLowerCase()} of a Kiro spec`;
  if (boxes > 0 || requirementHeadings === 0 || criteriaHeadings === 0 || /\.spec\.md$/i.test(path)) return null;
  return `${requirementHeadings} of its headings are requirements with acceptance criteria, as in Kiro`;
}

function whySpecKit({ path, boxes, taskIds, headingIds, speckitMarks }: TextFacts): string | null {
  const isMost = taskIds * 2 >= boxes;
  const isPlace = /(?:^|\/)specs\/[^/]+\/tasks\.md$/i.test(path);
  if (taskIds > 0 && (isMost || isPlace || speckitMarks > 0)) {
    return taskIds === 1 ? "a box has a task id" : `${taskIds} of its boxes have task ids such as T001`;
  }
  return taskIds === 0 && headingIds > 1 ? `${headingIds} of its headings have task ids such as T001` : null;
}

const BOX =
  /^[ \t>]{0,200}(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX~-]\](\\?\*)?(?:[ \t]+(?:\*\*)?(\d{1,6}(?:\.\d{1,6})*[.)]?(?=[\s*:.\])．。、：）]|$))?|$)/u;
const TASK_BOX = new RegExp(String.raw`^[^\]]*\](?:\[P\]|[ \t*\x60\[])*${TASK_ID}`, "u");
const TASK_HEADING = /^#{2,6}[ \t]+[*`[]{0,4}T0\d{1,5}/;
const PHASE = /^##[ \t]+[*_]{0,2}phase[ \t]+\d/i;
const OWN_BULLET = /^[ \t]+[-*+][ \t]+`?(?:needs|command|check|output|onFailure|retries)`?:[ \t]/;

/** Looks at each line once. */
export function factsOf(path: string, text: string, front: FrontMatter): TextFacts {
  const count = {
    boxes: 0,
    taskIds: 0,
    numbered: 0,
    headingIds: 0,
    numberedHeadings: 0,
    speckitMarks: 0,
    kiroMarks: 0,
    requirementHeadings: 0,
    criteriaHeadings: 0,
    checkpoints: 0,
    ownMarks: 0,
  };
  for (const { text: line } of textLines(text.slice(front.bodyStart))) {
    if (isCheckpoint(line.replace(/^#+[ \t]+/, ""))) count.checkpoints += 1;
    const box = BOX.exec(line);
    if (box) {
      count.boxes += 1;
      const [, star, number] = box;
      if (star !== undefined) count.kiroMarks += 1;
      if (number !== undefined) count.numbered += 1;
      else if (TASK_BOX.test(line)) {
        count.taskIds += 1;
        if (/\[(?:P|US\d{1,3})\]/.test(line)) count.speckitMarks += 1;
      }
    } else if (line.startsWith("#")) {
      if (TASK_HEADING.test(line)) count.headingIds += 1;
      if (PHASE.test(line)) count.speckitMarks += 1;
      if (REQUIREMENT_HEADING.test(line.trimEnd())) count.requirementHeadings += 1;
      else if (CRITERIA_HEADING.test(line)) count.criteriaHeadings += 1;
      if (/^##[ \t]+\d{1,3}\.[ \t]/.test(line)) count.numberedHeadings += 1;
    } else if (/_(?:Requirements|Depends|Boundary):/.test(line)) count.kiroMarks += 1;
    else if (OWN_BULLET.test(line)) count.ownMarks += 1;
  }
  return { path, text, front, ...count };
}
