import type { Migration } from "./migration.ts";

/**
 * Context and steps of a plan become columns of their own, and `plan` keeps the rest. SQLite works every generated column out at
 * each insert, also a virtual one: of a plan with 10,000 steps that took 60 MB, which the memory of WebAssembly never gives back.
 */
export const stepsOfPlans: Migration = {
  name: "steps of plans in a column",
  script: `
ALTER TABLE plans DROP COLUMN context;
ALTER TABLE plans DROP COLUMN steps;
ALTER TABLE plans ADD COLUMN context JSON;
ALTER TABLE plans ADD COLUMN steps JSON NOT NULL DEFAULT '[]';
UPDATE plans SET context = json_extract(plan, '$.context'), steps = json_extract(plan, '$.steps'),
  plan = json_remove(plan, '$.context', '$.steps');
`,
};
