import { DIALECT_NAMES } from "../../../schemas/dialect-names.ts";
import type { LintedFile, LintFinding, LintProblem, LintReport } from "../../../schemas/lint.ts";
import type { Terminal } from "../terminal.ts";
import { plain, table } from "./text.ts";

const COLOURS = { error: "red", warning: "yellow", info: "cyan" } as const;

/** The findings of each file below its name, and a line that counts them. */
export function lintTable(report: LintReport, terminal: Terminal): string {
  const { files, problems } = report;
  const blocks = files.filter(({ findings }) => findings.length > 0).map((file) => fileBlock(file, terminal));
  if (problems.length > 0) blocks.push(problems.map((problem) => problemLine(problem, terminal)).join("\n"));
  return [...blocks, lintSummary(report)].join("\n\n");
}

function fileBlock({ path, dialect, findings }: LintedFile, terminal: Terminal): string {
  const heading = `${terminal.style("bold", plain(path))} ${terminal.style("dim", `(${DIALECT_NAMES[dialect]})`)}`;
  return `${heading}\n${table(findings.map((finding) => row(finding, terminal)))}`;
}

function row({ place, severity, message, code }: LintFinding, terminal: Terminal): string[] {
  return [
    `${place.line}:${place.column}`,
    terminal.style(COLOURS[severity], severity),
    `${plain(message)} ${terminal.style("dim", `[${code}]`)}`,
  ];
}

function problemLine({ path, line, column, message }: LintProblem, terminal: Terminal): string {
  const place = [path, line, column].filter((part) => part !== null).join(":");
  return `${place === "" ? "" : `${plain(place)}: `}${terminal.style("red", "not usable")}: ${plain(message)}`;
}

/** "3 files, 41 tasks: 1 error, 2 warnings." */
export function lintSummary({ files, problems, counts }: LintReport): string {
  const tasks = files.reduce((sum, file) => sum + file.tasks, 0);
  const found = [
    ...(problems.length > 0 ? [`${count(problems.length, "file")} not usable`] : []),
    ...(counts.error > 0 ? [count(counts.error, "error")] : []),
    ...(counts.warning > 0 ? [count(counts.warning, "warning")] : []),
    ...(counts.info > 0 ? [count(counts.info, "note")] : []),
  ];
  return `${count(files.length, "file")}, ${count(tasks, "task")}: ${found.join(", ") || "nothing found"}.`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
