import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Dialect, SpecDocument, SpecReading } from "../../schemas/spec.ts";
import { readCompanion, type Companion } from "./companion.ts";
import { CHECKLIST_DIALECT } from "./dialect-checklist.ts";
import { kiroDialect } from "./dialect-kiro.ts";
import { readKiroRequirements } from "./dialect-kiro-requirements.ts";
import { OPENSPEC_DIALECT } from "./dialect-openspec.ts";
import { firstWords, readProseBody } from "./dialect-prose.ts";
import { SPEC_DIALECT } from "./dialect-spec.ts";
import { SPECKIT_DIALECT } from "./dialect-speckit.ts";
import { readTaskMaster } from "./dialect-taskmaster.ts";
import { readFrontMatter, type FrontMatter } from "./front-matter.ts";
import { fillInputs } from "./inputs.ts";
import type { MarkdownDialect } from "./markdown-dialect.ts";
import { readMarkdownBody } from "./markdown-reader.ts";
import { plainTitle } from "./plain-title.ts";
import { factsOf, type TextFacts } from "./recognition.ts";
import { SourceText } from "./source-text.ts";

/** Beyond these a file is refused with a diagnostic: no spec that people read is that long. */
const LINE_LIMIT = 100_000;
const SIZE_LIMIT = 10_000_000;

/** How to read a text; what is left out is recognised, left aside or not known yet. */
export interface ParseOptions extends Partial<SpecReading> {
  /** The text of the file beside the spec that says what its tasks are for, such as Kiro's requirements. */
  readonly companion?: Companion | null;
}

export interface OpenedText {
  readonly source: SourceText;
  readonly path: string;
  readonly front: FrontMatter;
  readonly facts: TextFacts;
  readonly options: ParseOptions;
}

type Body = Pick<SpecDocument, "title" | "preamble" | "tasks" | "checkpoints" | "requirements" | "diagnostics">;

interface DialectRow {
  readonly name: Dialect;
  /** Why the file is of this dialect, in words that follow "because"; null: it is not. */
  readonly fits: (facts: TextFacts) => string | null;
  readonly read: (file: OpenedText) => Body;
}

/** Recognised in this order; the first that fits reads the file. A dialect joins by one row. */
const DIALECTS: readonly DialectRow[] = [
  {
    name: "taskmaster",
    fits: ({ path, text }) => {
      if (/(?:^|\/)tasks\/tasks\.json$/i.test(path)) return "it is the tasks.json of Task Master";
      if (!/\.json$/i.test(path)) return null;
      return /"tasks"\s*:/.test(text)
        ? "it is JSON with a list of tasks, as Task Master has it"
        : "it is JSON, and Task Master's is the only kind with tasks";
    },
    read: ({ source, path, front }) => {
      const body = readTaskMaster(source, front.bodyStart);
      return { ...body, title: body.title ?? titleOfPath(path), requirements: [] };
    },
  },
  {
    name: "spec",
    fits: ({ path, boxes, checkpoints, ownBullets, front }) => {
      if (/\.spec\.md$/i.test(path) && boxes + checkpoints > 0) return "its name ends in .spec.md";
      if (boxes > 0 && front.hasOwnKeys) return "its front matter has keys of Planwright";
      return boxes > 0 && ownBullets > 0 ? "its tasks have attributes of Planwright" : null;
    },
    read: markdown(SPEC_DIALECT),
  },
  {
    name: "kiro-requirements",
    fits: ({ path, boxes, requirementHeadings, criteriaHeadings }) => {
      if (/(?:^|\/)\.(?:kiro|sce)\/specs\/.*requirements\.md$/i.test(path))
        return "it is the requirements.md of a Kiro spec";
      if (boxes > 0 || requirementHeadings === 0 || criteriaHeadings === 0 || /\.spec\.md$/i.test(path)) return null;
      return `${requirementHeadings} of its headings are requirements with acceptance criteria, as in Kiro`;
    },
    read: readRequirements,
  },
  {
    name: "speckit",
    fits: ({ boxes, taskIds, headingIds }) => {
      if (taskIds > 0 && taskIds * 2 >= boxes) return `${taskIds} of its boxes have task ids such as T001`;
      return boxes === 0 && headingIds > 1 ? `${headingIds} of its headings have task ids such as T001` : null;
    },
    read: markdown(SPECKIT_DIALECT),
  },
  {
    name: "openspec",
    fits: ({ path, boxes, numbered, numberedHeadings, kiroMarks }) => {
      if (boxes > 0 && /(?:^|\/)openspec\/changes\/.*tasks\.md$/i.test(path))
        return "it is the tasks.md of an OpenSpec change";
      return kiroMarks === 0 && numberedHeadings > 0 && numbered * 2 >= boxes && numbered > 0
        ? "its groups and boxes are numbered as in OpenSpec"
        : null;
    },
    read: markdown(OPENSPEC_DIALECT),
  },
  {
    name: "kiro",
    fits: ({ path, numbered, boxes, kiroMarks }) => {
      if (boxes > 0 && /(?:^|\/)\.(?:kiro|sce)\/specs\/.*tasks\.md$/i.test(path))
        return "it is the tasks.md of a Kiro spec";
      return numbered > 0 && numbered * 2 >= boxes
        ? `${numbered} of its boxes are numbered as in Kiro${kiroMarks > 0 ? ", with its marks" : ""}`
        : null;
    },
    read: markdown(({ source }) => kiroDialect(source)),
  },
  {
    name: "checklist",
    fits: ({ boxes }) => (boxes > 0 ? "it has boxes, and no marks of another dialect" : null),
    read: markdown(CHECKLIST_DIALECT),
  },
  {
    name: "prose",
    fits: ({ text, front }) => (text.slice(front.bodyStart).trim() === "" ? null : "it has no boxes"),
    read: readProse,
  },
];

/**
 * Reads the text of a spec file. Never throws, in time linear in the text; what is wrong stands in the diagnostics.
 * `path` is used for the dialect and for a title when the text has none.
 */
export function parseSpec(text: string, path: string, options: ParseOptions = {}): SpecDocument {
  const source = new SourceText(text);
  const isTooLarge = source.lineCount > LINE_LIMIT || text.length > SIZE_LIMIT;
  const front = readFrontMatter(isTooLarge ? new SourceText("") : source);
  if (isTooLarge) return nothing(path, front, "it is too large to be read", tooLarge(source));
  const facts = factsOf(path, source.text, front);
  const found = rowOf(facts, options.dialect ?? null);
  if (!found) return nothing(path, front, "it is empty", EMPTY);
  const { row, why } = found;
  const body = row.read({ source, path, front, facts, options });
  const document: SpecDocument = {
    dialect: row.name,
    recognised: why,
    settings: front.settings,
    ...body,
    diagnostics: [...ofFront(front, row.name), ...body.diagnostics],
  };
  return fillInputs(document, source, front.bodyStart, options.inputs ?? null);
}

function rowOf(facts: TextFacts, wanted: Dialect | null): { row: DialectRow; why: string } | null {
  for (const row of DIALECTS) {
    if (wanted !== null && row.name !== wanted) continue;
    const why = wanted === null ? row.fits(facts) : "it was chosen";
    if (why !== null) return { row, why };
  }
  return null;
}

/** Other tools have front matter too, with keys of their own. */
function ofFront({ diagnostics }: FrontMatter, dialect: Dialect): Diagnostic[] {
  return dialect === "spec" || dialect === "prose"
    ? diagnostics
    : diagnostics.filter(({ code }) => code !== "unknown-key");
}

function markdown(dialectOf: MarkdownDialect | ((file: OpenedText) => MarkdownDialect)): DialectRow["read"] {
  return (file) => {
    const { source, path, front, options } = file;
    const dialect = typeof dialectOf === "function" ? dialectOf(file) : dialectOf;
    const body = readMarkdownBody(source, front.bodyStart, { dialect, optional: options.optional ?? false });
    const requirements = options.companion ? readCompanion(options.companion, dialect.name) : [];
    return { ...body, title: front.title ?? body.title ?? titleOfPath(path), requirements };
  };
}

function readRequirements({ source, path, front }: OpenedText): Body {
  const heading = /^#[ \t]+(.{1,300})$/m.exec(source.text.slice(front.bodyStart))?.[1];
  return {
    title: front.title ?? plainTitle(heading ?? titleOfPath(path)),
    preamble: "",
    tasks: [],
    checkpoints: [],
    requirements: readKiroRequirements(source.text, path),
    diagnostics: [],
  };
}

function readProse({ source, front }: OpenedText): Body {
  const body = readMarkdownBody(source, front.bodyStart, { dialect: SPEC_DIALECT, optional: false });
  const title = front.title ?? body.title ?? firstWords(source.text.slice(front.bodyStart));
  return {
    title,
    ...readProseBody(source, front.bodyStart, title),
    checkpoints: [],
    requirements: [],
    diagnostics: body.diagnostics.filter(({ code }) => code.startsWith("ignored-")),
  };
}

function nothing(path: string, front: FrontMatter, recognised: string, problem: Diagnostic): SpecDocument {
  return {
    dialect: path.endsWith(".spec.md") ? "spec" : "prose",
    recognised,
    title: front.title ?? titleOfPath(path),
    settings: front.settings,
    preamble: "",
    tasks: [],
    checkpoints: [],
    requirements: [],
    diagnostics: [...front.diagnostics, problem],
  };
}

const EMPTY: Diagnostic = {
  code: "empty-spec",
  severity: "error",
  message:
    "the file has no tasks and no text: write what is to be done, as a list of boxes (`- [ ] ...`) or in your own words",
  range: { line: 1, column: 1, start: 0, end: 0 },
  steps: [],
};

function tooLarge(source: SourceText): Diagnostic {
  const lines = source.lineCount.toLocaleString("en-US");
  const size = source.text.length.toLocaleString("en-US");
  const limits = `${LINE_LIMIT.toLocaleString("en-US")} lines and ${SIZE_LIMIT.toLocaleString("en-US")} characters`;
  return {
    code: "too-large",
    severity: "error",
    message: `the file has ${lines} lines and ${size} characters; a spec may have ${limits}: split it into several`,
    range: { line: 1, column: 1, start: 0, end: 0 },
    steps: [],
  };
}

function titleOfPath(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  return name.replace(/(?:\.spec)?\.(?:md|markdown|txt|json)$/i, "") || "Untitled";
}
