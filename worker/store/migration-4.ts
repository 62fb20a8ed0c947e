import type { Migration } from "./migration.ts";

/** What lists of plans show, so that nobody has to read the steps of each for it. */
export const figuresOfPlans: Migration = {
  name: "figures of plans",
  script: `
ALTER TABLE plans ADD COLUMN step_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE plans ADD COLUMN done_count INTEGER NOT NULL DEFAULT 0;
UPDATE plans SET step_count = json_array_length(steps),
  done_count = (SELECT count(*) FROM json_each(plan, '$.settled') WHERE value ->> 'state' = 'done');
CREATE INDEX plans_by_spec ON plans (spec_path, created_at);
`,
};
