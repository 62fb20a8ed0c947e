import type { Migration } from "./migration.ts";

/** What coding agents leave behind: what they asked for, the worktrees of executions and what became of them, kept answers of models. */
export const codingAgents: Migration = {
  name: "permissions, worktrees, answers of models",
  script: `
ALTER TABLE decisions ADD COLUMN request JSON;
ALTER TABLE decisions ADD COLUMN conflict JSON;

CREATE TABLE workplaces (
  execution_id TEXT PRIMARY KEY REFERENCES executions (id) ON DELETE CASCADE,
  repository TEXT NOT NULL,
  folder TEXT NOT NULL,
  branch TEXT NOT NULL,
  base TEXT NOT NULL,
  target TEXT,
  state TEXT NOT NULL,
  result TEXT,
  made_at DATETIME NOT NULL,
  settled_at DATETIME
);

CREATE TABLE model_answers (
  key TEXT PRIMARY KEY,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  answer JSON NOT NULL,
  made_at DATETIME NOT NULL,
  used_at DATETIME NOT NULL
);
`,
};
