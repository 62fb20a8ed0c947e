import { json, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** Remembers what a changing operation answered, so that sending it again has no second effect (design, section 3). */
export function rememberCommand(
  database: Database,
  command: { commandId: string; operation: string; result: unknown; at: string },
): void {
  database.run("INSERT INTO command_ids (command_id, operation, result, at) VALUES (?, ?, ?, ?)", [
    command.commandId,
    command.operation,
    JSON.stringify(command.result),
    command.at,
  ]);
}

/** The answer that was given before, for the caller to parse with the operation's schema; null for a new command. */
export function findCommand(database: Database, commandId: string): { operation: string; result: unknown } | null {
  return database.first("SELECT operation, result FROM command_ids WHERE command_id = ?", [commandId], (row) => ({
    operation: text(row, "operation"),
    result: json(row, "result"),
  }));
}
