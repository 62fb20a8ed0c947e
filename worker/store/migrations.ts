import { backupPath, pruneBackups } from "./backup.ts";
import type { Database } from "./database.ts";
import type { Migration } from "./migration.ts";
import { firstTables } from "./migration-1.ts";
import { decisionsAndCapabilities } from "./migration-2.ts";
import { stepsOfPlans } from "./migration-3.ts";
import { figuresOfPlans } from "./migration-4.ts";
import { agentsAndBudgets } from "./migration-5.ts";
import { codingAgents } from "./migration-6.ts";

/** All steps, in order. `PRAGMA user_version` says how many of them a database has. */
export const migrations: readonly Migration[] = [
  firstTables,
  decisionsAndCapabilities,
  stepsOfPlans,
  figuresOfPlans,
  agentsAndBudgets,
  codingAgents,
];

const KEPT_BACKUPS = 10;

/**
 * Brings a database to the newest schema, one transaction a step, and makes it durable. A database that already holds
 * something is backed up first. The caller has refused databases with more steps than are known.
 */
export async function migrate(
  database: Database,
  steps: readonly Migration[],
  backup: { backups: string; at: Date },
): Promise<void> {
  try {
    const version = database.first("PRAGMA user_version", [], (row) => Number(row["user_version"])) ?? 0;
    if (version === steps.length) return;
    if (version > 0) {
      await database.backup(backupPath(backup.backups, backup.at, `-before-schema-${steps.length}`));
      await pruneBackups(backup.backups, KEPT_BACKUPS, "labelled");
    }
    for (const [index, step] of steps.entries()) {
      if (index < version) continue;
      database.transaction(() => {
        database.execute(step.script);
        database.execute(`PRAGMA user_version=${index + 1}`);
      });
    }
    await database.durable();
  } catch (error) {
    await database.abandon();
    throw error;
  }
}
