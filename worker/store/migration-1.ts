import type { Migration } from "./migration.ts";

/**
 * The first tables (catalogue J1). Money is kept in millionths of the currency, columns `_micros`; the decimal columns that
 * other tools know are computed from it, so that there is one truth. Times are ISO 8601 texts in UTC, durations milliseconds.
 * The tables beside `execution_events` are projections of the events (`projections.ts`).
 *
 * No table is WITHOUT ROWID: rows may be long (an event that holds a plan, a result), and in such a table every search that
 * passes a long row reads all of it, which made appending four times as slow (https://www.sqlite.org/withoutrowid.html).
 */
export const firstTables: Migration = {
  name: "first tables",
  script: `
CREATE TABLE plans (
  id TEXT PRIMARY KEY,
  specification TEXT NOT NULL,
  context JSON GENERATED ALWAYS AS (json_extract(plan, '$.context')) VIRTUAL,
  steps JSON NOT NULL GENERATED ALWAYS AS (json_extract(plan, '$.steps')) VIRTUAL,
  title TEXT NOT NULL,
  spec_path TEXT NOT NULL,
  dialect TEXT NOT NULL,
  hash TEXT NOT NULL,
  estimated_cost_micros INTEGER,
  estimated_cost REAL GENERATED ALWAYS AS (estimated_cost_micros / 1000000.0) VIRTUAL,
  currency TEXT NOT NULL,
  estimated_duration INTEGER,
  created_at DATETIME NOT NULL,
  plan JSON NOT NULL
);
CREATE INDEX plans_by_hash ON plans (hash);

CREATE TABLE executions (
  id TEXT PRIMARY KEY,
  plan_id TEXT NOT NULL REFERENCES plans (id),
  status TEXT NOT NULL,
  started_at DATETIME NOT NULL,
  completed_at DATETIME,
  error_code TEXT,
  error_message TEXT,
  simulated INTEGER NOT NULL,
  budget_mode TEXT,
  budget_limit_micros INTEGER,
  spent_micros INTEGER,
  unknown_costs INTEGER NOT NULL DEFAULT 0,
  cost REAL GENERATED ALWAYS AS (spent_micros / 1000000.0) VIRTUAL,
  currency TEXT NOT NULL
);
CREATE INDEX executions_by_start ON executions (started_at);
CREATE INDEX executions_by_plan ON executions (plan_id);

CREATE TABLE step_executions (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  step_id TEXT NOT NULL,
  id TEXT GENERATED ALWAYS AS (execution_id || '/' || step_id) VIRTUAL,
  agent TEXT,
  status TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  started_at DATETIME,
  completed_at DATETIME,
  result JSON,
  error_code TEXT,
  error_message TEXT,
  cost_micros INTEGER,
  cost REAL GENERATED ALWAYS AS (cost_micros / 1000000.0) VIRTUAL,
  PRIMARY KEY (execution_id, step_id)
);

CREATE TABLE attempts (
  execution_id TEXT NOT NULL,
  step_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  id TEXT NOT NULL,
  agent TEXT NOT NULL,
  status TEXT NOT NULL,
  simulated INTEGER NOT NULL,
  started_at DATETIME NOT NULL,
  completed_at DATETIME,
  duration_ms INTEGER,
  stop_reason TEXT,
  error_code TEXT,
  error_message TEXT,
  exit_code INTEGER,
  pid INTEGER,
  reserved_micros INTEGER NOT NULL,
  cost_micros INTEGER,
  cost REAL GENERATED ALWAYS AS (cost_micros / 1000000.0) VIRTUAL,
  PRIMARY KEY (execution_id, step_id, number),
  FOREIGN KEY (execution_id, step_id) REFERENCES step_executions (execution_id, step_id) ON DELETE CASCADE
);

CREATE TABLE execution_events (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  at DATETIME NOT NULL,
  t INTEGER NOT NULL,
  type TEXT NOT NULL,
  event JSON NOT NULL,
  PRIMARY KEY (execution_id, seq)
);

CREATE TABLE ledger_entries (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  attempt_id TEXT NOT NULL,
  entry INTEGER NOT NULL,
  id TEXT GENERATED ALWAYS AS (attempt_id || '/' || entry) VIRTUAL,
  step_id TEXT NOT NULL,
  agent TEXT NOT NULL,
  service TEXT NOT NULL,
  amount_micros INTEGER,
  amount REAL GENERATED ALWAYS AS (amount_micros / 1000000.0) VIRTUAL,
  currency TEXT NOT NULL,
  certainty TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (execution_id, attempt_id, entry)
);

CREATE TABLE approvals (
  id INTEGER PRIMARY KEY,
  plan_id TEXT NOT NULL REFERENCES plans (id),
  plan_hash TEXT NOT NULL,
  by TEXT NOT NULL,
  how TEXT NOT NULL,
  at DATETIME NOT NULL
);
CREATE INDEX approvals_by_plan ON approvals (plan_id);

CREATE TABLE notices (
  id INTEGER PRIMARY KEY,
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  message TEXT NOT NULL,
  at DATETIME NOT NULL
);
CREATE INDEX notices_by_execution ON notices (execution_id);

CREATE TABLE artifacts (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  step_id TEXT NOT NULL,
  path TEXT NOT NULL,
  id TEXT GENERATED ALWAYS AS (execution_id || '/' || step_id || '/' || path) VIRTUAL,
  type TEXT NOT NULL,
  url TEXT,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  simulated INTEGER NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (execution_id, step_id, path)
);

CREATE TABLE command_ids (
  command_id TEXT PRIMARY KEY,
  operation TEXT NOT NULL,
  result TEXT NOT NULL,
  at DATETIME NOT NULL
);
`,
};
