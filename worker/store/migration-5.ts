import type { Migration } from "./migration.ts";

/**
 * What supervised agents and budgets leave behind: messages that were exchanged with agents (S1's table), tokens and conversions of
 * costs, what was reported wrongly, billed amounts, and what hooks were sent.
 */
export const agentsAndBudgets: Migration = {
  name: "agents' messages, budgets, hooks",
  script: `
CREATE TABLE agent_messages (
  id TEXT PRIMARY KEY,
  execution_id TEXT REFERENCES executions (id) ON DELETE CASCADE,
  step_id TEXT,
  attempt_id TEXT,
  direction TEXT NOT NULL,
  agent TEXT NOT NULL,
  message JSON NOT NULL,
  timestamp DATETIME NOT NULL
);
CREATE INDEX agent_messages_by_time ON agent_messages (timestamp);
CREATE INDEX agent_messages_by_execution ON agent_messages (execution_id);

ALTER TABLE executions ADD COLUMN environment TEXT;
ALTER TABLE executions ADD COLUMN purged_at DATETIME;
ALTER TABLE decisions ADD COLUMN limit_key TEXT;
ALTER TABLE step_executions ADD COLUMN service TEXT;
ALTER TABLE step_executions ADD COLUMN estimate_micros INTEGER;
ALTER TABLE attempts ADD COLUMN host TEXT;
ALTER TABLE attempts ADD COLUMN reported_micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN unknown_costs INTEGER NOT NULL DEFAULT 0;
ALTER TABLE ledger_entries ADD COLUMN tokens_in INTEGER;
ALTER TABLE ledger_entries ADD COLUMN tokens_out INTEGER;
ALTER TABLE ledger_entries ADD COLUMN original_micros INTEGER;
ALTER TABLE ledger_entries ADD COLUMN original_currency TEXT;
ALTER TABLE ledger_entries ADD COLUMN replaced_by TEXT;
CREATE INDEX ledger_entries_by_time ON ledger_entries (at);

CREATE INDEX ledger_entries_by_step ON ledger_entries (execution_id, step_id);
CREATE INDEX attempts_that_hold ON attempts (started_at)
  WHERE simulated = 0 AND reserved_micros > 0 AND (unknown_costs > 0 OR status = 'interrupted');

CREATE VIEW agent_runs AS SELECT
  id,
  execution_id || '/' || step_id AS task_id,
  host AS container_id,
  CASE
    WHEN status = 'running' THEN CASE WHEN host IS NULL THEN 'starting' ELSE 'running' END
    WHEN status = 'succeeded' THEN 'completed'
    WHEN error_code = 'timeout' OR stop_reason = 'timeout' THEN 'timeout'
    WHEN status IN ('cancelled', 'interrupted') OR stop_reason IS NOT NULL THEN 'killed'
    ELSE 'failed'
  END AS status,
  agent AS agent_type,
  started_at,
  completed_at,
  exit_code,
  error_message AS error,
  NULL AS logs,
  json_object('executionId', execution_id, 'stepId', step_id, 'attempt', number, 'errorCode', error_code,
    'stopReason', stop_reason, 'durationMs', duration_ms, 'simulated', json(iif(simulated, 'true', 'false'))) AS metadata
FROM attempts;

CREATE TABLE refused_costs (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  attempt_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  entry INTEGER NOT NULL,
  step_id TEXT NOT NULL,
  agent TEXT NOT NULL,
  said TEXT NOT NULL,
  reason TEXT NOT NULL,
  at DATETIME NOT NULL,
  PRIMARY KEY (execution_id, seq, entry)
);
CREATE INDEX refused_costs_by_time ON refused_costs (at);

CREATE TABLE billed_amounts (
  id TEXT PRIMARY KEY,
  execution_id TEXT NOT NULL,
  step_id TEXT,
  agent TEXT NOT NULL,
  service TEXT NOT NULL,
  amount_micros INTEGER NOT NULL,
  currency TEXT NOT NULL,
  original_micros INTEGER,
  original_currency TEXT,
  at DATETIME NOT NULL,
  booked_at DATETIME NOT NULL
);
CREATE INDEX billed_amounts_by_execution ON billed_amounts (execution_id);
CREATE INDEX billed_amounts_by_time ON billed_amounts (at);

CREATE TABLE hook_deliveries (
  id TEXT PRIMARY KEY,
  hook TEXT NOT NULL,
  event TEXT NOT NULL,
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  step_id TEXT,
  seq INTEGER NOT NULL,
  payload JSON NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  at DATETIME NOT NULL,
  next_at DATETIME,
  problem TEXT,
  answer JSON
);
CREATE INDEX hook_deliveries_pending ON hook_deliveries (hook, execution_id, seq) WHERE state = 'pending';
CREATE INDEX hook_deliveries_by_execution ON hook_deliveries (execution_id);
`,
};
