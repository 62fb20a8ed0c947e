import { text } from "./columns.ts";
import type { Database } from "./database.ts";

/** Remembers what a changing operation answered, as JSON, so that sending it again has no second effect (design, section 3). */
export function rememberCommand(
  database: Database,
  command: { commandId: string; operation: string; result: string; at: string },
): void {
  database.run("INSERT INTO command_ids (command_id, operation, result, at) VALUES (?, ?, ?, ?)", [
    command.commandId,
    command.operation,
    command.result,
    command.at,
  ]);
}

/** The answer that was given before, as JSON; null for a new command. */
export function findCommand(database: Database, commandId: string): { operation: string; result: string } | null {
  return database.first("SELECT operation, result FROM command_ids WHERE command_id = ?", [commandId], (row) => ({
    operation: text(row, "operation"),
    result: text(row, "result"),
  }));
}
