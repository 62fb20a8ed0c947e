import type { Migration } from "./migration.ts";

/**
 * What people are asked, and what estimates are made from (catalogue F1, A9). The table of decisions is a projection of the events,
 * like those of the first schema. Steps recorded before have no capability, so their attempts do not calibrate. The index of attempts
 * leaves running ones out, so that only their end writes to it.
 */
export const decisionsAndCapabilities: Migration = {
  name: "decisions, capabilities of steps",
  script: `
CREATE TABLE decisions (
  id TEXT PRIMARY KEY,
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE,
  step_id TEXT NOT NULL,
  title TEXT NOT NULL,
  kind TEXT NOT NULL,
  message TEXT NOT NULL,
  choices JSON NOT NULL,
  amount_micros INTEGER,
  currency TEXT NOT NULL,
  status TEXT NOT NULL,
  asked_at DATETIME NOT NULL,
  choice TEXT,
  answered_by TEXT,
  answered_at DATETIME
);
CREATE INDEX decisions_by_status ON decisions (status, asked_at);
CREATE INDEX decisions_by_execution ON decisions (execution_id);

CREATE TABLE event_batches (
  execution_id TEXT NOT NULL REFERENCES executions (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  events JSON NOT NULL,
  PRIMARY KEY (execution_id, last_seq)
);
INSERT INTO event_batches (execution_id, first_seq, last_seq, events)
  SELECT execution_id, seq, seq, json_array(json_object(
    'v', 1, 'at', at, 't', t, 'events', json_array(json_set(json_remove(event, '$.v'), '$.type', type))))
  FROM execution_events ORDER BY execution_id, seq;
DROP TABLE execution_events;
ALTER TABLE executions ADD COLUMN projected_seq INTEGER NOT NULL DEFAULT 0;
UPDATE executions SET projected_seq =
  coalesce((SELECT max(last_seq) FROM event_batches b WHERE b.execution_id = executions.id), 0);

ALTER TABLE executions ADD COLUMN write_back INTEGER NOT NULL DEFAULT 1;

ALTER TABLE step_executions ADD COLUMN capability TEXT;
CREATE INDEX attempts_that_calibrate ON attempts (agent, started_at) WHERE status = 'succeeded' AND simulated = 0;
`,
};
