import { findBracketedNeeds, findListedNeeds } from "./bracketed-needs.ts";
import { allFilesIn, filesNamedIn } from "./named-files.ts";
import { AGENT_ATTRIBUTES, type MarkdownDialect, type TaskFacts } from "./markdown-dialect.ts";
import { readRequirementIds } from "./requirement-ids.ts";
import type { SourceText } from "./source-text.ts";
import { isRequirementList, readTaskWords, TASK_ID } from "./speckit-words.ts";

/** How one file is read: some have headings instead of boxes. */
export interface SpecKitFile {
  readonly source: SourceText;
  /** Whether headings with ids are the tasks: where no box has one. */
  readonly headings: boolean;
}

/**
 * Spec Kit's `tasks.md` (its tasks template): boxes with a task id, `[P]` and story labels, `(depends on T012, T013)`, in phases that
 * follow one another. People also write a bullet `Depends on: T012` below a task. Boxes without an id are text of the task that they
 * stand in.
 */
export function speckitDialect({ source, headings }: SpecKitFile): MarkdownDialect {
  const ids = new IdsOfFile(source.text);
  // The template puts tests under a heading of their own: they are written, and fail, before what makes them pass.
  let isTests = false;
  return {
    name: "speckit",
    attributes: AGENT_ATTRIBUTES,
    readItem: readTaskWords,
    needsInBox: "a task id such as T001",
    ...(headings ? { readHeading: (title: string, level: number) => (level > 1 ? readTaskWords(title) : null) } : {}),
    readText: (text, from, isFirst) => (isFirst ? readTitle(text, from, ids) : readBelow(text, from, ids)),
    headingBegins(level, title) {
      const wasTests = isTests;
      isTests = /^tests?(?![\p{L}\p{N}])/iu.test(title);
      if (level <= 2 || PHASE.test(title)) return "phase";
      return wasTests ? "group" : "nothing";
    },
  };
}

/** As a phase is called in the languages that such files are written in. */
const PHASE =
  /^\P{L}{0,8}(?:phase|fase|фаза|этап|フェーズ|阶段|階段|단계|第.{1,3}(?:阶段|階段|フェーズ))(?!\p{Script=Latin})/iu;

function readTitle(text: string, from: number, ids: IdsOfFile): TaskFacts {
  const requirements = [...withoutCode(text).matchAll(BRACKETS)].flatMap(([, words = ""]) =>
    isRequirementList(words.trim()) ? readRequirementIds(words) : [],
  );
  // A story is a label before the title; in the text it is only mentioned.
  const own = requirements.filter((id) => !id.startsWith("US"));
  return { requirements: own, files: filesNamedIn(text), ...readNeeds(text, from, ids) };
}

const BRACKETS = /[[(（]([^[\]()（）]{2,300})[\])）](?!\()/g;

/** Literal brackets in code are what the task is about. */
function withoutCode(text: string): string {
  return text.includes("`") ? text.replace(/`[^`\n]{0,500}`/g, " ") : text;
}

function readBelow(text: string, from: number, ids: IdsOfFile): TaskFacts {
  const files = FILES_LINE.exec(text)?.[1];
  return { ...(files === undefined ? {} : { files: allFilesIn(files) }), ...readNeeds(text, from, ids) };
}

const FILES_LINE = /^[ \t]{0,20}(?:[-*+][ \t]{1,4})?\*{0,2}Files?(?:\*\*)?:(?:\*\*)?[ \t]{1,20}(.{1,5000})$/m;

const NAMED_ID = new RegExp(String.raw`(?<![\p{L}\p{N}_-])${TASK_ID}`, "gu");

/** The ids that brackets or lines with "depends on" name, and where the first and the last of them stand. */
function readNeeds(text: string, from: number, ids: IdsOfFile): Pick<TaskFacts, "needs" | "needsPlace"> {
  const needs: string[] = [];
  let place: TaskFacts["needsPlace"];
  const places = [...findBracketedNeeds(text), ...findListedNeeds(text)].sort((a, b) => a.from - b.from);
  for (const brackets of places) {
    const words = text.slice(brackets.from, brackets.to);
    const named = [...words.matchAll(NAMED_ID)].filter(([id]) => ids.mayBe(id));
    const [first, last] = [named[0], named.at(-1)];
    if (!first || !last) continue;
    const isNamed = new Set(named.map(([id]) => id));
    // Of a range those count that exist; its ends must.
    needs.push(...readRequirementIds(words).filter((id) => isNamed.has(id) || ids.has(id)));
    const to = from + brackets.from + last.index + last[0].length;
    place = { from: place?.from ?? from + brackets.from + first.index, to: Math.max(place?.to ?? 0, to) };
  }
  return place ? { needs, needsPlace: place } : {};
}

/** The ids of a file's tasks, collected when somebody first asks. */
class IdsOfFile {
  readonly #text: string;
  #ids: Set<string> | null = null;
  readonly #letters = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  has(id: string): boolean {
    return this.#all().has(id);
  }

  /** Whether a word can be meant as an id: it begins with a letter that ids of the file begin with. */
  mayBe(id: string): boolean {
    this.#all();
    return id.startsWith("T") || this.#letters.has(id.slice(0, 1));
  }

  #all(): Set<string> {
    if (this.#ids) return this.#ids;
    this.#ids = new Set([...this.#text.matchAll(ID_OF_TASK)].map(([, id = ""]) => id));
    for (const id of this.#ids) this.#letters.add(id.slice(0, 1));
    return this.#ids;
  }
}

const ID_OF_TASK = new RegExp(
  String.raw`^[ \t>]{0,100}(?:(?:[-*+]|\d{1,9}[.)])[ \t]{1,4}\[[ xX~-]\][ \t]{1,4}|#{2,6}[ \t]{1,4})[*\[\x60]{0,4}(?:P\][ \t]+)?(${TASK_ID})`,
  "gmu",
);
