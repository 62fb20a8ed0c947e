import type { LintReport } from "../../../schemas/lint.ts";
import { lintSummary } from "./lint-table.ts";
import { plain } from "./text.ts";

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

/** Workflow commands that GitHub Actions shows beside the lines of a change (docs.github.com, "Workflow commands"), and the count. */
export function githubLines(report: LintReport): string {
  const lines: string[] = [];
  for (const { path, findings } of report.files) {
    for (const { severity, code, message, place } of findings) {
      const { line, endLine, column, endColumn } = place;
      // GitHub refuses columns of what goes over several lines.
      const columns = line === endLine ? { col: column, endColumn: Math.max(column, endColumn) } : {};
      lines.push(
        command(COMMANDS[severity], { file: path, line, endLine, ...columns, title: `planwright ${code}` }, message),
      );
    }
  }
  for (const { path, line, column, message } of report.problems) {
    const place = { ...(path === null ? {} : { file: path }), ...(line === null ? {} : { line, col: column ?? 1 }) };
    lines.push(command("error", { ...place, title: "planwright" }, message));
  }
  return [...lines, lintSummary(report)].join("\n");
}

function command(name: string, properties: Readonly<Record<string, string | number>>, message: string): string {
  const list = Object.entries(properties).map(([key, value]) => `${key}=${escapedProperty(String(value))}`);
  return `::${name} ${list.join(",")}::${escaped(plain(message))}`;
}

function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escaped(plain(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
