import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { CostEntry, EventBody, ExecutionEvent } from "../../schemas/event.ts";
import type { Database } from "../../worker/store/database.ts";
import { insertEvents, readEvents } from "../../worker/store/events.ts";
import { Projector } from "../../worker/store/projector.ts";

/** Runs a test in a folder of its own and removes it afterwards. */
export async function inFolder<T>(act: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "planwright-store-"));
  try {
    return await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the ordinary `sqlite3` program answers. Rejects with its message on standard error. */
export async function sqlite3(database: string, sql: string): Promise<string> {
  const { stdout } = await promisify(execFile)("sqlite3", [database, sql], { timeout: 5_000 });
  return stdout.trim();
}

export const PLAN_ID = "plan-1";

/** The row that executions refer to, as small as the table allows. */
export function insertBarePlan(database: Database): void {
  database.run(
    `INSERT INTO plans (id, specification, title, spec_path, dialect, hash, currency, created_at, plan)
     VALUES (?, '', 'Bare', 'bare.spec.md', 'spec', 'hash', 'USD', '2026-01-01T00:00:00.000Z', '{"steps":[]}')`,
    [PLAN_ID],
  );
}

/** Stamps bodies as one execution's journal, from sequence number 1, one second after the other. */
export function stamp(executionId: string, bodies: readonly EventBody[]): ExecutionEvent[] {
  return bodies.map((body, index) => ({
    v: 1,
    executionId,
    seq: index + 1,
    at: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(),
    t: index * 1_000,
    ...body,
  }));
}

export function started(stepId: string, attempt = 1, simulated = false): EventBody {
  const attemptId = `${stepId}/${attempt}`;
  return {
    type: "attempt.started",
    stepId,
    attemptId,
    attempt,
    agent: "shell",
    simulated,
    reserved: 0,
    idempotencyKey: stepId,
    missing: [],
  };
}

export function finished(
  stepId: string,
  more: { attempt?: number; costs?: CostEntry[]; failed?: boolean; artifact?: string } = {},
): EventBody {
  const { attempt = 1, costs = [], failed = false, artifact } = more;
  return {
    type: "attempt.finished",
    stepId,
    attemptId: `${stepId}/${attempt}`,
    attempt,
    outcome: failed ? "failed" : "succeeded",
    failure: failed ? { code: "exit_nonzero", message: "exit code 3", retryable: false } : null,
    result: { end: { exitCode: failed ? 3 : 0, signal: null }, check: null, tail: "tail ‹ü›" },
    costs,
    artifacts: artifact === undefined ? [] : [{ type: "file", path: artifact, url: null, sha256: "00", size: 3 }],
    duration: 12,
  };
}

/** What a running attempt says of its costs; `refused` is what it says that is none. */
export function reported(stepId: string, costs: CostEntry[], refused: string[] = [], attempt = 1): EventBody {
  return {
    type: "attempt.reported",
    stepId,
    attemptId: `${stepId}/${attempt}`,
    attempt,
    costs,
    refused: refused.map((said) => ({ said, reason: "it is not a number" })),
  };
}

export function stepEnded(stepId: string, status: "completed" | "failed" | "skipped" = "completed"): EventBody {
  const failure =
    status === "failed" ? { code: "exit_nonzero" as const, message: "exit code 3", retryable: false } : null;
  return { type: "step.finished", stepId, status, failure };
}

export function cost(amount: number | null): CostEntry {
  return { amount, currency: "USD", certainty: amount === null ? "unknown" : "measured", service: "models" };
}

/** Stores events and brings the tables up to date at once, as `StoreJournal` does in the end. */
export function appendEvents(database: Database, executionId: string, events: readonly ExecutionEvent[]): void {
  const projector = new Projector(database);
  database.transaction(() => {
    insertEvents(database, executionId, events);
    projector.now(executionId, events);
  });
}

const TABLES_OF_EVENTS = ["step_executions", "attempts", "ledger_entries", "refused_costs", "artifacts"];

/** The events of an execution and all rows that follow from them, with its name taken out, so that two can be compared. */
export function rowsOf(database: Database, executionId: string): unknown {
  const rows = TABLES_OF_EVENTS.map((table) =>
    database.all(`SELECT * FROM ${table} WHERE execution_id = ?`, [executionId], (row) => row),
  );
  const total = database.all(
    "SELECT status, cost, unknown_costs FROM executions WHERE id = ?",
    [executionId],
    (row) => row,
  );
  const text = JSON.stringify([rows, total, readEvents(database, executionId)]);
  return JSON.parse(text.replaceAll(`"${executionId}`, '"'));
}
