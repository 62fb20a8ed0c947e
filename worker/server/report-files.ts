import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionView } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Report } from "../../schemas/report.ts";
import { buildReport } from "../insight/report.ts";
import { reportMarkdown } from "../insight/report-markdown.ts";
import type { Database } from "../store/database.ts";
import { readEvents } from "../store/events.ts";

export interface KeptReport {
  readonly report: Report;
  readonly markdown: string;
}

/** The report of an execution, from its record. */
export function reportOf(database: Database, plan: Plan, view: ExecutionView): KeptReport {
  const report = buildReport(plan, readEvents(database, view.executionId), view);
  return { report, markdown: reportMarkdown(report) };
}

/** Where the two files of a report are. */
export function reportPaths(home: string, executionId: string): { json: string; markdown: string } {
  const base = join(home, "reports", executionId);
  return { json: `${base}.json`, markdown: `${base}.md` };
}

/** Writes both files, each whole or not at all. */
export async function writeReport(home: string, { report, markdown }: KeptReport): Promise<void> {
  const paths = reportPaths(home, report.executionId);
  await mkdir(join(home, "reports"), { recursive: true, mode: 0o700 });
  await replaceFile(paths.json, `${JSON.stringify(report, null, 2)}\n`);
  await replaceFile(paths.markdown, markdown);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
