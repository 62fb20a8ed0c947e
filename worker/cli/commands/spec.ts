import type { SpecDocument } from "../../../schemas/spec.ts";
import { locateSpec, type CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import { diagnosticsText } from "../render/plan-text.ts";
import { plain } from "../render/text.ts";

/** `planwright spec FILE`: what was understood. */
export async function specCommand(context: CommandContext, file: string): Promise<ExitCode> {
  const { folder, path } = locateSpec(context, file);
  const client = await context.connect(folder);
  const parsed = await client.call("spec.parse", { path });
  const { document } = parsed;
  if (context.json) context.terminal.json(specJson(document));
  else context.terminal.print(specText(document, parsed.path, context));
  return document.diagnostics.some(({ severity }) => severity === "error") ? EXIT.usage : EXIT.completed;
}

function specJson({ dialect, title, tasks, diagnostics }: SpecDocument): unknown {
  return {
    dialect,
    title,
    tasks: tasks.map(({ id, ownId, title: name, parent, state, optional, needs, range }) => {
      return { id, ownId, title: name, parent, state, optional, needs: needs ?? [], line: range.line };
    }),
    diagnostics,
  };
}

function specText(
  { dialect, title, tasks, diagnostics }: SpecDocument,
  path: string,
  { terminal }: CommandContext,
): string {
  const depth = new Map<string, number>();
  const lines = tasks.map((task) => {
    const level = task.parent === null ? 0 : (depth.get(task.parent) ?? 0) + 1;
    depth.set(task.id, level);
    const mark = { open: "☐", done: "☑", running: "◐", skipped: "–" }[task.state];
    const needs = task.needs === null ? "" : `  needs ${task.needs.join(", ") || "none"}`;
    return `  ${String(task.range.line).padStart(4)}  ${"  ".repeat(level)}${mark} ${plain(task.title)}  ${terminal.style("dim", `${task.id}${needs}`)}`;
  });
  const heading = `${terminal.style("bold", plain(title))}  ${terminal.style("dim", `dialect ${dialect}, ${tasks.length} tasks`)}`;
  return [heading, lines.join("\n"), diagnosticsText(diagnostics, path, terminal)]
    .filter((part) => part !== "")
    .join("\n\n");
}
