import { existsSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { FailureError, throwFailure } from "../../../schemas/failure.ts";
import type { LintedFile, LintReport } from "../../../schemas/lint.ts";
import type { Dialect } from "../../../schemas/spec.ts";
import { isInside, locateSpec, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { findSpecs } from "../lint/find-specs.ts";
import { FileLinter, type LintTarget } from "../lint/lint-files.ts";
import { githubLines } from "../render/lint-github.ts";
import { sarifLog } from "../render/lint-sarif.ts";
import { lintTable } from "../render/lint-table.ts";

type LintFormat = "table" | "json" | "sarif" | "github";

export interface LintOptions {
  /** Left out: a table, or JSON with `--json`. */
  readonly format?: LintFormat;
  readonly strict: boolean;
  readonly dialect?: Dialect;
  readonly stdinPath?: string;
}

const MAX_TEXT = 10_000_000;

/**
 * `planwright lint [FILE…]`: what is wrong with specs and with the plans that they would make. Reads files and nothing else: no worker,
 * no record, no network.
 */
export async function lintCommand(
  context: CommandContext,
  files: readonly string[],
  { format = context.json ? "json" : "table", strict, dialect, stdinPath }: LintOptions,
): Promise<ExitCode> {
  if (stdinPath !== undefined && !files.includes("-"))
    throwFailure("bad_request", "--stdin-path says how the standard input is called: add - to look at it");
  const linter = new FileLinter({ dialect: dialect ?? null, withFixes: format === "json" || format === "sarif" });
  const targets = new Targets(context, stdinPath ?? null);
  for (const file of files.length > 0 ? files : [targets.folder]) await targets.add(file, linter);
  const linted: LintedFile[] = [];
  for (const target of targets.all) {
    const file = await linter.lint(target);
    if (file) linted.push(file);
  }
  const report = reportOf(linted, linter);
  print(context, format, report);
  if (report.problems.length > 0) return EXIT.usage;
  return report.counts.error > 0 || (strict && report.counts.warning > 0) ? EXIT.failed : EXIT.completed;
}

/** The files that the words of the command line mean, each once. */
class Targets {
  /** From here results are named. */
  readonly folder: string;
  readonly #context: CommandContext;
  readonly #stdinPath: string | null;
  readonly #targets = new Map<string, LintTarget>();

  constructor(context: CommandContext, stdinPath: string | null) {
    this.#context = context;
    this.#stdinPath = stdinPath;
    this.folder = workspaceFolder(context);
  }

  get all(): LintTarget[] {
    return [...this.#targets.values()];
  }

  async add(named: string, { problems }: FileLinter): Promise<void> {
    try {
      if (named === "-") await this.#addInput();
      else await this.#addNamed(named);
    } catch (error) {
      if (!(error instanceof FailureError)) throw error;
      problems.push({ path: named, line: null, column: null, message: error.failure.message });
    }
  }

  async #addNamed(named: string): Promise<void> {
    const path = resolve(this.#context.currentFolder, named);
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      this.#addFile(named);
      return;
    }
    const found = await findSpecs(path);
    for (const file of found) this.#addFile(file);
    if (found.length === 0)
      throwFailure("not_found", "no specs are in this folder, at the places where tools have them: name the files");
  }

  #addFile(named: string): void {
    const { folder, path } = locateSpec(this.#context, named);
    this.#targets.set(path, { folder, path, text: null, shown: this.#named(path) });
  }

  async #addInput(): Promise<void> {
    const text = await this.#context.terminal.readInput(MAX_TEXT);
    const path = resolve(this.#context.currentFolder, this.#stdinPath ?? (isJson(text) ? "stdin.json" : "stdin.md"));
    const shown = this.#stdinPath === null ? "<stdin>" : this.#named(path);
    this.#targets.set("-", { folder: this.folder, path: this.#named(path), text, shown });
  }

  /** As results name it: inside the folder with `/`, else by its whole path. */
  #named(path: string): string {
    return isInside(this.folder, path) ? relative(this.folder, path).split(sep).join("/") : path;
  }
}

function isJson(text: string): boolean {
  return /^\uFEFF?\s*\{/.test(text);
}

function reportOf(files: readonly LintedFile[], { problems }: FileLinter): LintReport {
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { findings } of files) for (const { severity } of findings) counts[severity] += 1;
  return { files: [...files], problems: [...problems], counts };
}

function print({ terminal }: CommandContext, format: LintFormat, report: LintReport): void {
  switch (format) {
    case "json":
      terminal.json(report);
      return;
    case "sarif":
      terminal.json(sarifLog(report));
      return;
    case "github":
      terminal.print(githubLines(report));
      return;
    case "table":
      terminal.print(lintTable(report, terminal));
  }
}
