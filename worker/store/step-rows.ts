import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import { insertArtifact } from "./artifacts.ts";
import type { Database } from "./database.ts";
import { addCosts } from "./executions.ts";
import { insertLedgerEntry } from "./ledger.ts";
import type { SqlValue } from "./statements.ts";

interface AttemptRow {
  readonly stepId: string;
  readonly number: number;
  started: EventOf<"attempt.started"> | null;
  stopping: EventOf<"attempt.stopping"> | null;
  finished: EventOf<"attempt.finished"> | null;
}

interface StepRow {
  started: EventOf<"attempt.started"> | null;
  /** When its first attempt of these events started. */
  since: string;
  readonly finished: EventOf<"attempt.finished">[];
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
        step.started = event;
        step.status = "running";
        return true;
      }
      case "attempt.stopping":
        this.#attempt(event).stopping = event;
        return true;
      case "attempt.finished":
        this.#attempt(event).finished = event;
        this.#step(event.stepId).finished.push(event);
        return true;
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
      case "execution.expired":
        return true;
      default:
        return false;
    }
  }

  /** Writes what was taken, inside the caller's transaction. */
  write(database: Database, executionId: string): void {
    for (const [id, row] of this.#attempts) writeAttempt(database, executionId, id, row);
    for (const [stepId, row] of this.#steps) writeStep(database, executionId, stepId, row);
    let spent: Micros | null = null;
    let unknown = 0;
    for (const { finished } of this.#attempts.values()) {
      if (!finished) continue;
      finished.costs.forEach((cost, index) => {
        // Costs of simulated attempts never enter the ledger (semantics, Approval).
        if (!insertLedgerEntry(database, finished, index, cost)) return;
        if (cost.amount === null) unknown += 1;
        else spent = (spent ?? 0) + cost.amount;
      });
      for (const artifact of finished.artifacts) insertArtifact(database, finished, artifact);
    }
    if (spent !== null || unknown > 0) addCosts(database, executionId, spent, unknown);
  }

  #attempt({
    attemptId,
    stepId,
    attempt: number,
  }: EventOf<"attempt.started" | "attempt.stopping" | "attempt.finished">): AttemptRow {
    let row = this.#attempts.get(attemptId);
    if (!row) {
      row = { stepId, number, started: null, stopping: null, finished: null };
      this.#attempts.set(attemptId, row);
    }
    return row;
  }

  #step(stepId: string): StepRow {
    let row = this.#steps.get(stepId);
    if (!row) {
      row = { started: null, since: "", finished: [], status: null, end: null };
      this.#steps.set(stepId, row);
    }
    return row;
  }
}

function writeAttempt(database: Database, executionId: string, id: string, row: AttemptRow): void {
  const { stepId, number, started, stopping, finished } = row;
  const end = finished && [
    finished.outcome,
    finished.at,
    finished.duration,
    finished.failure?.code ?? null,
    finished.failure?.message ?? null,
    finished.result?.end?.exitCode ?? null,
    costOf([finished]),
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
      ...(end ?? ["running", null, null, null, null, null, null]),
    ]);
    return;
  }
  if (stopping) database.run(STOP_ATTEMPT, [executionId, stepId, number, stopping.reason]);
  if (end) database.run(END_ATTEMPT, [executionId, stepId, number, ...end]);
}

const INSERT_ATTEMPT = `INSERT INTO attempts
  (execution_id, step_id, number, id, agent, simulated, started_at, reserved_micros, stop_reason,
   status, completed_at, duration_ms, error_code, error_message, exit_code, cost_micros)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

const STOP_ATTEMPT = "UPDATE attempts SET stop_reason = ?4 WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3";

const END_ATTEMPT = `UPDATE attempts SET status = ?4, completed_at = ?5, duration_ms = ?6, error_code = ?7,
  error_message = ?8, exit_code = ?9, cost_micros = ?10
  WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3`;

/** One statement with the parts that these events have something to say about. */
function writeStep(database: Database, executionId: string, stepId: string, row: StepRow): void {
  const { started, since, finished, status, end } = row;
  const [first] = finished;
  const last = finished.at(-1);
  const values: SqlValue[] = [];
  let parts = 0;
  if (started) {
    parts |= PART.started;
    values.push(started.agent, started.simulated ? 1 : 0, started.attempt, since);
  }
  if (first && last) {
    // The cost is the sum of all attempts, and unknown as soon as that of one of them is.
    parts |= first.attempt === 1 ? PART.firstCost : PART.moreCost;
    values.push(costOf(finished), last.result === null ? null : JSON.stringify(last.result));
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

const PART = { started: 1, firstCost: 2, moreCost: 4, status: 8, end: 16 } as const;

const TEXTS: Record<number, string> = {
  [PART.started]: "agent = ?, simulated = ?, attempts = ?, started_at = coalesce(started_at, ?)",
  [PART.firstCost]: "cost_micros = ?, result = ?",
  [PART.moreCost]: "cost_micros = cost_micros + ?, result = ?",
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

/** Null as soon as one of the amounts is unknown; no entries cost nothing. */
function costOf(ends: readonly EventOf<"attempt.finished">[]): Micros | null {
  let sum = 0;
  for (const { costs } of ends) {
    for (const { amount } of costs) {
      if (amount === null) return null;
      sum += amount;
    }
  }
  return sum;
}
