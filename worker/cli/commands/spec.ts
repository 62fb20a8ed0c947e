import { DIALECT_NAMES } from "../../../schemas/dialect-names.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import type { ResultOf } from "../../../schemas/operations/table.ts";
import type { SpecDocument } from "../../../schemas/spec.ts";
import { commandId, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { readingOf, type ReadingOptions } from "../reading-options.ts";
import { diagnosticsText } from "../render/plan-text.ts";
import { requirementsText } from "../render/requirements-text.ts";
import { plain } from "../render/text.ts";
import { pathOrText, requireSubject } from "../subject.ts";
import { printNotices } from "./approve.ts";

/** `planwright spec FILE|TEXT|-`: what was understood. With `--save` the file is read so from now on. */
export async function specCommand(
  context: CommandContext,
  file: string,
  options: ReadingOptions & { readonly save: boolean },
): Promise<ExitCode> {
  const subject = await requireSubject(context, file);
  const client = await context.connect(subject.folder);
  if (options.save) {
    if (subject.kind === "text") throwFailure("bad_request", "--save is about a file: name one");
    const dialect = options.dialect ?? null;
    await client.call("spec.setDialect", { path: subject.path, dialect, commandId: commandId() });
  }
  const parsed = await client.call("spec.parse", { ...pathOrText(subject), reading: readingOf(options) });
  const { document } = parsed;
  printNotices(context, parsed.notices);
  if (context.json) context.terminal.json(specJson(document));
  else context.terminal.print(specText(parsed, context));
  return document.diagnostics.some(({ severity }) => severity === "error") ? EXIT.usage : EXIT.completed;
}

function specJson({ dialect, recognised, title, settings, tasks, requirements, diagnostics }: SpecDocument): unknown {
  return {
    dialect,
    recognised,
    title,
    inputs: settings.inputs.map(({ name, description, default: value, options, range }) => {
      return { name, description, default: value, options, line: range.line };
    }),
    tasks: tasks.map(({ id, ownId, title: name, parent, state, optional, needs, requirements, range }) => {
      return { id, ownId, title: name, parent, state, optional, needs: needs ?? [], requirements, line: range.line };
    }),
    requirements,
    diagnostics,
  };
}

function specText(parsed: ResultOf<"spec.parse">, { terminal }: CommandContext): string {
  const { path, document } = parsed;
  const { dialect, title, settings, tasks, diagnostics } = document;
  const depth = new Map<string, number>();
  const lines = tasks.map((task) => {
    const level = task.parent === null ? 0 : (depth.get(task.parent) ?? 0) + 1;
    depth.set(task.id, level);
    const mark = { open: "☐", done: "☑", running: "◐", skipped: "–" }[task.state];
    const needs = task.needs === null ? "" : `  needs ${task.needs.join(", ") || "none"}`;
    const serves = task.requirements.length === 0 ? "" : `  serves ${task.requirements.join(", ")}`;
    return `  ${String(task.range.line).padStart(4)}  ${"  ".repeat(level)}${mark} ${plain(task.title)}  ${terminal.style("dim", plain(`${task.id}${needs}${serves}`))}`;
  });
  const heading = `${terminal.style("bold", plain(title))}  ${terminal.style("dim", `dialect ${dialect}, ${tasks.length} tasks`)}`;
  const inputs = settings.inputs.map(({ name, description, default: value }) => {
    const fallback = value === null ? "must be given" : `default ${plain(value) || "empty"}`;
    return `  ${plain(name)}  ${terminal.style("dim", `${description === null ? "" : `${plain(description)}, `}${fallback}`)}`;
  });
  return [
    `${heading}\n${terminal.style("dim", readAs(parsed))}`,
    inputs.length === 0 ? "" : `Inputs, given with --input NAME=VALUE:\n${inputs.join("\n")}`,
    lines.join("\n"),
    requirementsText(document),
    diagnosticsText(diagnostics, path, terminal),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

/** As what it was read, why, and how to have it otherwise. */
function readAs({ document, recognised }: ResultOf<"spec.parse">): string {
  const name = DIALECT_NAMES[document.dialect];
  if (document.dialect !== recognised.dialect) {
    return `Read as ${name} because ${document.recognised}; it would be recognised as ${DIALECT_NAMES[recognised.dialect]} because ${recognised.why}.`;
  }
  return `Read as ${name} because ${document.recognised}. For another reading: --dialect NAME, with --save for good.`;
}
