import { DIALECT_NAMES } from "../../schemas/dialect-names.ts";
import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Dialect, SpecDocument, SpecReading } from "../../schemas/spec.ts";
import { readCompanion, type Companion } from "./companion.ts";
import { decomposed } from "./decomposed.ts";
import { CHECKLIST_DIALECT } from "./dialect-checklist.ts";
import { kiroDialect } from "./dialect-kiro.ts";
import { readKiroRequirements } from "./dialect-kiro-requirements.ts";
import { OPENSPEC_DIALECT } from "./dialect-openspec.ts";
import { firstWords, readProseBody } from "./dialect-prose.ts";
import { SPEC_DIALECT } from "./dialect-spec.ts";
import { speckitDialect } from "./dialect-speckit.ts";
import { readTaskMaster } from "./dialect-taskmaster.ts";
import { readFrontMatter, type FrontMatter } from "./front-matter.ts";
import { fillInputs } from "./inputs.ts";
import type { MarkdownDialect } from "./markdown-dialect.ts";
import { readMarkdownBody } from "./markdown-reader.ts";
import { plainTitle } from "./plain-title.ts";
import { factsOf, recognise, type TextFacts } from "./recognition.ts";
import { SourceText } from "./source-text.ts";
import { titleOfPath, titleOfSpec } from "./spec-title.ts";

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

type Read = (file: OpenedText) => Body;

/** How the files of each dialect are read. Which one a file is of, is a matter of `recognise`. */
const READERS: Readonly<Record<Dialect, Read>> = {
  spec: markdown(SPEC_DIALECT),
  speckit: markdown(({ source, facts }) => speckitDialect({ source, headings: facts.taskIds === 0 })),
  kiro: markdown(({ source }) => kiroDialect(source)),
  "kiro-requirements": readRequirements,
  taskmaster: ({ source, path, front }) => {
    const body = readTaskMaster(source, front.bodyStart);
    // Every project's file has this name.
    const ofPath = /(?:^|\/)tasks\.json$/i.test(path) ? "Task Master tasks" : titleOfPath(path);
    return { ...body, title: body.title ?? ofPath, requirements: [] };
  },
  openspec: markdown(OPENSPEC_DIALECT),
  checklist: markdown(CHECKLIST_DIALECT),
  prose: readProse,
};

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
  const wanted = options.dialect ?? null;
  const isEmpty = source.text.slice(front.bodyStart).trim() === "";
  const found = wanted === null ? recognise(facts) : { dialect: wanted, why: "it was chosen" };
  if (!found || (isEmpty && found.dialect !== "taskmaster"))
    return { ...nothing(path, front, "it is empty", EMPTY), ...(wanted ? { dialect: wanted } : {}) };
  const { dialect, why } = found;
  const body = READERS[dialect]({ source, path, front, facts, options });
  const document: SpecDocument = {
    dialect,
    recognised: why,
    settings: front.settings,
    ...body,
    diagnostics: [...ofFront(front, dialect), ...body.diagnostics],
  };
  const filled = fillInputs(document, source, front.bodyStart, options.inputs ?? null);
  return options.decomposition ? decomposed(filled, options.decomposition) : filled;
}

/** Other tools have front matter too, with keys of their own. */
function ofFront({ diagnostics, hasOwnKeys }: FrontMatter, dialect: Dialect): Diagnostic[] {
  if (dialect === "spec" || (dialect === "prose" && hasOwnKeys)) return diagnostics;
  // In prose a slip may be all that makes it ours.
  const isSlip = (message: string): boolean => dialect === "prose" && message.includes("did you mean");
  return diagnostics.filter(({ code, message }) => code !== "unknown-key" || isSlip(message));
}

function markdown(dialectOf: MarkdownDialect | ((file: OpenedText) => MarkdownDialect)): Read {
  return (file) => {
    const { source, path, front, options } = file;
    const dialect = typeof dialectOf === "function" ? dialectOf(file) : dialectOf;
    const body = readMarkdownBody(source, front.bodyStart, { dialect, optional: options.optional ?? false });
    const requirements = options.companion ? readCompanion(options.companion, dialect.name) : [];
    const isNothing = body.tasks.length === 0 && options.dialect === dialect.name;
    const diagnostics = isNothing ? [...body.diagnostics, noTasksOf(dialect.name)] : body.diagnostics;
    const firstTask = body.tasks[0]?.title ?? null;
    return { ...body, title: front.title ?? titleOfSpec(body.title, path, firstTask), requirements, diagnostics };
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

/** Nobody sees why nothing happens when a file is read as what it is not. */
function noTasksOf(dialect: Dialect): Diagnostic {
  return {
    code: "empty-spec",
    severity: "error",
    message: `the file was to be read as ${DIALECT_NAMES[dialect]}, and has no tasks as that has them: read it as another dialect`,
    range: { line: 1, column: 1, start: 0, end: 0 },
    steps: [],
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
