import { z } from "zod";
import {
  ConflictPlace,
  DecisionChoice,
  DecisionKind,
  PermissionRequest,
  SettledDecision,
} from "../../schemas/decision.ts";
import type { EventOf } from "../../schemas/event.ts";
import { fromMicros } from "../../schemas/money.ts";
import { json, optionalInteger, optionalJson, optionalText, text } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Row } from "./statements.ts";

export function insertDecision(database: Database, event: EventOf<"decision.asked">): void {
  database.run(
    `INSERT INTO decisions
       (id, execution_id, step_id, title, kind, message, choices, amount_micros, currency, status, asked_at, limit_key, request,
        conflict)
     SELECT ?1, id, ?3, ?4, ?5, ?6, ?7, ?8, currency, 'open', ?9, ?10, ?11, ?12 FROM executions WHERE id = ?2`,
    [
      event.decisionId,
      event.executionId,
      event.stepId,
      event.title,
      event.kind,
      event.message,
      JSON.stringify(event.choices),
      event.amount,
      event.at,
      event.limit,
      event.request === null ? null : JSON.stringify(event.request),
      event.conflict === null ? null : JSON.stringify(event.conflict),
    ],
  );
}

export function decisionAnswered(database: Database, event: EventOf<"decision.answered">): void {
  database.run(
    `UPDATE decisions SET status = 'answered', choice = ?2, answered_by = ?3, answered_at = ?4,
       amount_micros = coalesce(?5, amount_micros)
     WHERE id = ?1`,
    [event.decisionId, event.choice, event.by, event.at, event.amount],
  );
}

export function decisionWithdrawn(database: Database, event: EventOf<"decision.withdrawn">): void {
  database.run("UPDATE decisions SET status = 'withdrawn', answered_at = ?2 WHERE id = ?1", [
    event.decisionId,
    event.at,
  ]);
}

/** What waits for a person, oldest first; with `settled` also what no longer does, newest first after it. */
export function listDecisions(database: Database, settled: boolean, limit: number): SettledDecision[] {
  const open = database.all("SELECT * FROM decisions WHERE status = 'open' ORDER BY asked_at, rowid", [], decision);
  if (!settled) return open;
  const rest = database.all(
    "SELECT * FROM decisions WHERE status <> 'open' ORDER BY asked_at DESC, rowid DESC LIMIT ?",
    [limit],
    decision,
  );
  return [...open, ...rest];
}

/** One decision, by its whole id; null: there is none. */
export function findDecision(database: Database, decisionId: string): SettledDecision | null {
  return database.first("SELECT * FROM decisions WHERE id = ?", [decisionId], decision);
}

const Choices = z.array(DecisionChoice);

function decision(row: Row): SettledDecision {
  const amount = optionalInteger(row, "amount_micros");
  const choice = optionalText(row, "choice");
  return {
    decisionId: text(row, "id"),
    executionId: text(row, "execution_id"),
    stepId: text(row, "step_id"),
    title: text(row, "title"),
    kind: DecisionKind.parse(row["kind"]),
    message: text(row, "message"),
    choices: Choices.parse(json(row, "choices")),
    amount: amount === null ? null : fromMicros(amount),
    currency: text(row, "currency"),
    limit: optionalText(row, "limit_key"),
    request: PermissionRequest.nullable().parse(optionalJson(row, "request")),
    conflict: ConflictPlace.nullable().parse(optionalJson(row, "conflict")),
    askedAt: text(row, "asked_at"),
    status: SettledDecision.shape.status.parse(row["status"]),
    choice: choice === null ? null : DecisionChoice.parse(choice),
    by: optionalText(row, "answered_by"),
    answeredAt: optionalText(row, "answered_at"),
  };
}
