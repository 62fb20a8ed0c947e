import type { Database } from "./database.ts";
import { text } from "./columns.ts";

/** Records something that a person should know about an execution and that is no event of it, such as a box that was left alone. */
export function insertNotice(database: Database, executionId: string, message: string, at: string): void {
  database.run("INSERT INTO notices (execution_id, message, at) VALUES (?, ?, ?)", [executionId, message, at]);
}

/** The notices of an execution, the oldest first. */
export function listNotices(database: Database, executionId: string): string[] {
  return database.all("SELECT message FROM notices WHERE execution_id = ? ORDER BY id", [executionId], (row) =>
    text(row, "message"),
  );
}
