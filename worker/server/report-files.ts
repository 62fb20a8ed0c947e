import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionView } from "../../schemas/execution.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Report } from "../../schemas/report.ts";
import { buildReport } from "../insight/report.ts";
import { reportMarkdown } from "../insight/report-markdown.ts";
import type { Database } from "../store/database.ts";
import { eachEvent } from "../store/events.ts";
import { listDeliveries } from "../store/hook-deliveries.ts";
import { jsonPieces } from "./json-pieces.ts";

/** The report of an execution, from its record. Its first event is left out: it tells of the plan alone, and is as large. */
export function reportOf(database: Database, plan: Plan, view: ExecutionView): Report {
  const deliveries = plan.hooks.length === 0 ? [] : listDeliveries(database, view.executionId, MOST_DELIVERIES);
  return buildReport(plan, eachEvent(database, view.executionId, 1), view, deliveries);
}

const MOST_DELIVERIES = 10_000;

/** Where the two files of a report are. */
export function reportPaths(home: string, executionId: string): { json: string; markdown: string } {
  const base = join(home, "reports", executionId);
  return { json: `${base}.json`, markdown: `${base}.md` };
}

/** Writes both files, each whole or not at all. */
export async function writeReport(home: string, report: Report): Promise<void> {
  const paths = reportPaths(home, report.executionId);
  await mkdir(join(home, "reports"), { recursive: true, mode: 0o700 });
  await replaceFile(paths.json, jsonPieces(report));
  await replaceFile(paths.markdown, [reportMarkdown(report)]);
}

async function replaceFile(path: string, text: Iterable<string>): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
