import { basename, join, relative } from "node:path";
import { DIALECT_NAMES } from "../../../schemas/dialect-names.ts";
import { throwFailure } from "../../../schemas/failure.ts";
import { TEMPLATE_PLACES, TemplateDialect } from "../../../schemas/operations/spec.ts";
import type { Dialect } from "../../../schemas/spec.ts";
import { commandId, workspaceFolder, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { plain } from "../render/text.ts";

/** Those that any folder can hold; the others have one place in a project. */
const ANYWHERE: ReadonlySet<TemplateDialect> = new Set(["spec", "checklist"]);

/** `planwright init [NAME]`: writes a small new spec, in the dialect of choice and where its own tool has it. */
export async function initCommand(
  context: CommandContext,
  name: string | undefined,
  { dialect: wanted = "spec", list }: { readonly dialect?: Dialect; readonly list: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  if (list) {
    if (context.json)
      terminal.json(TemplateDialect.options.map((dialect) => ({ dialect, path: TEMPLATE_PLACES[dialect] })));
    else terminal.print(listText());
    return EXIT.completed;
  }
  const dialect = TemplateDialect.safeParse(wanted);
  if (!dialect.success) {
    throwFailure(
      "bad_request",
      `there is no template for ${wanted}: choose one of ${TemplateDialect.options.join(", ")}`,
    );
  }
  const length = name === undefined ? 1 : name.trim().length;
  if (length === 0 || length > 100) throwFailure("bad_request", "the name of a new spec has 1 to 100 characters");
  const folder = workspaceFolder(context);
  const client = await context.connect(folder);
  const below = context.workspaceOption === null && ANYWHERE.has(dialect.data) ? context.currentFolder : null;
  const created = await client.call("spec.create", {
    dialect: dialect.data,
    name: name ?? basename(folder).slice(0, 100),
    folder: below,
    commandId: commandId(),
  });
  if (context.json) terminal.json(created);
  else {
    const fromHere = relative(context.currentFolder, join(folder, created.path));
    const files = created.files.map((file) => `  ${plain(file)}`).join("\n");
    terminal.print(`Written:\n${files}\n\nNext: planwright plan ${argument(fromHere)}`);
  }
  return EXIT.completed;
}

/** As a shell takes it. */
function argument(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function listText(): string {
  const width = Math.max(...TemplateDialect.options.map((dialect) => dialect.length));
  const name = Math.max(...TemplateDialect.options.map((dialect) => DIALECT_NAMES[dialect].length));
  return TemplateDialect.options
    .map((dialect) => `${dialect.padEnd(width)}  ${DIALECT_NAMES[dialect].padEnd(name)}  ${TEMPLATE_PLACES[dialect]}`)
    .join("\n");
}
