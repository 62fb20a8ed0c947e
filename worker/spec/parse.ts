import type { Diagnostic } from "../../schemas/diagnostic.ts";
import type { Dialect, SpecDocument } from "../../schemas/spec.ts";
import { firstWords, readProseBody } from "./dialect-prose.ts";
import { readSpecBody, type DialectBody } from "./dialect-spec.ts";
import { readFrontMatter, type FrontMatter } from "./front-matter.ts";
import { SourceText } from "./source-text.ts";

/** Beyond these a file is refused with a diagnostic: no spec that people read is that long. */
const LINE_LIMIT = 100_000;
const SIZE_LIMIT = 10_000_000;

interface ParsedFile {
  readonly source: SourceText;
  readonly path: string;
  readonly front: FrontMatter;
  /** The body as our dialect reads it; every dialect of Markdown starts from it. */
  readonly body: DialectBody;
}

/** Recognised in this order; the first that fits reads the file. A dialect joins by one row. */
const DIALECTS: readonly {
  readonly name: Dialect;
  readonly fits: (file: ParsedFile) => boolean;
  readonly read: (file: ParsedFile) => SpecDocument;
}[] = [
  {
    name: "spec",
    fits: ({ path, body }) =>
      body.tasks.some((task) => task.box !== null) || (path.endsWith(".spec.md") && body.tasks.length > 0),
    read: ({ path, front, body }) => ({
      dialect: "spec",
      title: front.title ?? body.title ?? titleOfPath(path),
      settings: front.settings,
      preamble: body.preamble,
      tasks: body.tasks,
      checkpoints: body.checkpoints,
      diagnostics: [...front.diagnostics, ...body.diagnostics],
    }),
  },
  {
    name: "prose",
    fits: ({ source, front }) => source.text.slice(front.bodyStart).trim() !== "",
    read: ({ source, front, body }) => {
      const title = front.title ?? body.title ?? firstWords(source.text.slice(front.bodyStart));
      const prose = readProseBody(source, front.bodyStart, title);
      const diagnostics = [...front.diagnostics, ...body.diagnostics.filter(({ code }) => code.startsWith("ignored-"))];
      return { dialect: "prose", title, settings: front.settings, ...prose, checkpoints: [], diagnostics };
    },
  },
];

/**
 * Reads the text of a spec file. Never throws, in time linear in the text; what is wrong stands in the diagnostics.
 * `path` is used for the dialect and for a title when the text has none.
 */
export function parseSpec(text: string, path: string): SpecDocument {
  const source = new SourceText(text);
  const isTooLarge = source.lineCount > LINE_LIMIT || text.length > SIZE_LIMIT;
  const front = readFrontMatter(isTooLarge ? new SourceText("") : source);
  const problem = isTooLarge ? tooLarge(source) : null;
  if (problem === null) {
    const file = { source, path, front, body: readSpecBody(source, front.bodyStart) };
    const dialect = DIALECTS.find(({ fits }) => fits(file));
    if (dialect) return dialect.read(file);
  }
  return {
    dialect: path.endsWith(".spec.md") ? "spec" : "prose",
    title: front.title ?? titleOfPath(path),
    settings: front.settings,
    preamble: "",
    tasks: [],
    checkpoints: [],
    diagnostics: [...front.diagnostics, problem ?? EMPTY],
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
  return name.replace(/(?:\.spec)?\.(?:md|markdown|txt)$/i, "") || "Untitled";
}
