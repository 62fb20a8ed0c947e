import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import { insertArtifact } from "./artifacts.ts";
import type { Database } from "./database.ts";
import { addCosts, currencyOf } from "./executions.ts";
import { insertLedgerEntry, insertRefusedCosts } from "./ledger.ts";
import type { SqlValue } from "./statements.ts";

type Bill = EventOf<"attempt.finished" | "attempt.reported">;

interface AttemptRow {
  readonly stepId: string;
  readonly number: number;
  started: EventOf<"attempt.started"> | null;
  stopping: EventOf<"attempt.stopping"> | null;
  readonly reported: EventOf<"attempt.reported">[];
  finished: EventOf<"attempt.finished"> | null;
}

interface StepRow {
  /** Its very first attempt started: until then its cost is null. */
  isFirst: boolean;
  started: EventOf<"attempt.started"> | null;
  /** When its first attempt of these events started. */
  since: string;
  /** Whatever brought costs. */
  readonly bills: Bill[];
  finished: EventOf<"attempt.finished"> | null;
  status: string | null;
  end: EventOf<"step.finished"> | null;
}

/**
 * What events of one execution make of its attempts and steps, gathered so that each row is written once, however much happened to
 * it. That is most of what happens in an execution, and most of the cost of keeping its record.
 */
export class StepRows {
  readonly #attempts = new Map<string, AttemptRow>();
  readonly #steps = new Map<string, StepRow>();

  /** False for an event that says more than that of an attempt or step: it must be written after these rows, and before others. */
  take(event: ExecutionEvent): boolean {
    switch (event.type) {
      case "attempt.started": {
        this.#attempt(event).started = event;
        const step = this.#step(event.stepId);
        if (!step.started) step.since = event.at;
        if (event.attempt === 1) step.isFirst = true;
        step.started = event;
        step.status = "running";
        return true;
      }
      case "attempt.stopping":
        this.#attempt(event).stopping = event;
        return true;
      case "attempt.reported":
        this.#attempt(event).reported.push(event);
        this.#step(event.stepId).bills.push(event);
        return true;
      case "attempt.finished": {
        this.#attempt(event).finished = event;
        const step = this.#step(event.stepId);
        step.bills.push(event);
        step.finished = event;
        return true;
      }
      case "retry.scheduled":
        this.#step(event.stepId).status = "waiting";
        return true;
      case "step.finished": {
        const step = this.#step(event.stepId);
        step.status = event.status;
        step.end = event;
        return true;
      }
      case "attempt.fenced":
      case "budget.level":
      case "execution.expired":
        return true;
      default:
        return false;
    }
  }

  /** Writes what was taken, inside the caller's transaction. */
  write(database: Database, executionId: string): void {
    const hasCosts = [...this.#steps.values()].some(({ bills }) => bills.some(({ costs }) => costs.length > 0));
    const currency = hasCosts ? currencyOf(database, executionId) : null;
    for (const [id, row] of this.#attempts) writeAttempt(database, executionId, { id, currency }, row);
    for (const [stepId, row] of this.#steps) writeStep(database, executionId, { stepId, currency }, row);
    let spent: Micros | null = null;
    let unknown = 0;
    const enter = (bill: Bill): void => {
      bill.costs.forEach((cost, index) => {
        // Costs of simulated attempts never enter the ledger (semantics, Approval).
        if (!insertLedgerEntry(database, bill, index, cost)) return;
        if (cost.amount === null || cost.currency !== currency) unknown += 1;
        else spent = (spent ?? 0) + cost.amount;
      });
    };
    for (const { reported, finished } of this.#attempts.values()) {
      for (const report of reported) {
        enter(report);
        unknown += insertRefusedCosts(database, report);
      }
      if (!finished) continue;
      enter(finished);
      for (const artifact of finished.artifacts) insertArtifact(database, finished, artifact);
    }
    if (spent !== null || unknown > 0) addCosts(database, executionId, spent, unknown);
  }

  #attempt({
    attemptId,
    stepId,
    attempt: number,
  }: EventOf<"attempt.started" | "attempt.stopping" | "attempt.reported" | "attempt.finished">): AttemptRow {
    let row = this.#attempts.get(attemptId);
    if (!row) {
      row = { stepId, number, started: null, stopping: null, reported: [], finished: null };
      this.#attempts.set(attemptId, row);
    }
    return row;
  }

  #step(stepId: string): StepRow {
    let row = this.#steps.get(stepId);
    if (!row) {
      row = { isFirst: false, started: null, since: "", bills: [], finished: null, status: null, end: null };
      this.#steps.set(stepId, row);
    }
    return row;
  }
}

function writeAttempt(
  database: Database,
  executionId: string,
  { id, currency }: { readonly id: string; readonly currency: string | null },
  row: AttemptRow,
): void {
  const { stepId, number, started, stopping, reported, finished } = row;
  const said = totalOf(reported, currency);
  const last = totalOf(finished ? [finished] : [], currency);
  const unknown = said.unknown + last.unknown;
  const end = finished && [
    finished.outcome,
    finished.at,
    finished.duration,
    finished.failure?.code ?? null,
    finished.failure?.message ?? null,
    finished.result?.end?.exitCode ?? null,
  ];
  if (started) {
    const { agent, simulated, at, reserved } = started;
    database.run(INSERT_ATTEMPT, [
      executionId,
      stepId,
      number,
      id,
      agent,
      simulated ? 1 : 0,
      at,
      reserved,
      stopping?.reason ?? null,
      said.known,
      unknown,
      ...(end ?? ["running", null, null, null, null, null]),
      end === null || unknown > 0 ? null : said.known + last.known,
    ]);
    return;
  }
  if (stopping) database.run(STOP_ATTEMPT, [executionId, stepId, number, stopping.reason]);
  if (reported.length > 0) database.run(REPORT_ATTEMPT, [executionId, stepId, number, said.known, said.unknown]);
  if (end) database.run(END_ATTEMPT, [executionId, stepId, number, ...end, last.known, last.unknown]);
}

const INSERT_ATTEMPT = `INSERT INTO attempts
  (execution_id, step_id, number, id, agent, simulated, started_at, reserved_micros, stop_reason, reported_micros, unknown_costs,
   status, completed_at, duration_ms, error_code, error_message, exit_code, cost_micros)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const STOP_ATTEMPT = "UPDATE attempts SET stop_reason = ?4 WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3";

const REPORT_ATTEMPT = `UPDATE attempts SET reported_micros = reported_micros + ?4, unknown_costs = unknown_costs + ?5
  WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3`;

/** Its cost is all that it reported with what came at its end, and null as soon as something of it is unknown. */
const END_ATTEMPT = `UPDATE attempts SET status = ?4, completed_at = ?5, duration_ms = ?6, error_code = ?7,
  error_message = ?8, exit_code = ?9, unknown_costs = unknown_costs + ?11,
  cost_micros = CASE WHEN unknown_costs + ?11 = 0 THEN reported_micros + ?10 END
  WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3`;

/** One statement with the parts that these events have something to say about. */
function writeStep(
  database: Database,
  executionId: string,
  { stepId, currency }: { readonly stepId: string; readonly currency: string | null },
  row: StepRow,
): void {
  const { isFirst, started, since, bills, finished, status, end } = row;
  const values: SqlValue[] = [];
  let parts = 0;
  if (started) {
    parts |= PART.started;
    values.push(started.agent, started.simulated ? 1 : 0, started.attempt, since);
  }
  if (isFirst || bills.length > 0) {
    // The cost is the sum of all attempts, and unknown as soon as that of one of them is.
    parts |= isFirst ? PART.firstCost : PART.moreCost;
    const { known, unknown } = totalOf(bills, currency);
    values.push(unknown > 0 ? null : known);
  }
  if (finished) {
    parts |= PART.result;
    values.push(finished.result === null ? null : JSON.stringify(finished.result));
  }
  if (status !== null) {
    parts |= PART.status;
    values.push(status);
  }
  if (end) {
    parts |= PART.end;
    values.push(end.at, end.failure?.code ?? null, end.failure?.message ?? null);
  }
  if (parts === 0) return;
  values.push(executionId, stepId);
  database.run(updateOf(parts), values);
}

const PART = { started: 1, firstCost: 2, moreCost: 4, result: 8, status: 16, end: 32 } as const;

const TEXTS: Record<number, string> = {
  [PART.started]: "agent = ?, simulated = ?, attempts = ?, started_at = coalesce(started_at, ?)",
  [PART.firstCost]: "cost_micros = ?",
  [PART.moreCost]: "cost_micros = cost_micros + ?",
  [PART.result]: "result = ?",
  [PART.status]: "status = ?",
  [PART.end]: "completed_at = ?, error_code = ?, error_message = ?",
};

/** Texts by their parts: statements are kept by their text, and a new text takes long to look up. */
const updates = new Map<number, string>();

function updateOf(parts: number): string {
  let text = updates.get(parts);
  if (text === undefined) {
    const said = Object.entries(TEXTS).flatMap(([part, set]) => ((parts & Number(part)) === 0 ? [] : [set]));
    text = `UPDATE step_executions SET ${said.join(", ")} WHERE execution_id = ? AND step_id = ?`;
    updates.set(parts, text);
  }
  return text;
}

/** What is known of the costs, and how many are not: without an amount, in another currency, or refused. */
function totalOf(
  bills: readonly Bill[],
  currency: string | null,
): { readonly known: Micros; readonly unknown: number } {
  let known = 0;
  let unknown = 0;
  for (const bill of bills) {
    if (bill.type === "attempt.reported") unknown += bill.refused.length;
    for (const cost of bill.costs) {
      if (cost.amount === null || cost.currency !== currency) unknown += 1;
      else known += cost.amount;
    }
  }
  return { known, unknown };
}
