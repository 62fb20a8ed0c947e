import type { Database } from "./database.ts";

/** A message that was exchanged with an agent: S1's table, with the attempt that it belongs to. */
export interface AgentMessage {
  readonly id: string;
  readonly executionId: string;
  readonly stepId: string;
  readonly attemptId: string;
  readonly direction: "request" | "response";
  readonly agent: string;
  readonly message: unknown;
  /** ISO 8601. */
  readonly timestamp: string;
}

/** Keeps a message. The caller decides when it is durable: nothing depends on it. */
export function insertAgentMessage(database: Database, message: AgentMessage): void {
  const { id, executionId, stepId, attemptId, direction, agent, timestamp } = message;
  database.run(
    `INSERT OR IGNORE INTO agent_messages
       (id, execution_id, step_id, attempt_id, direction, agent, message, timestamp)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    [id, executionId, stepId, attemptId, direction, agent, JSON.stringify(message.message), timestamp],
  );
}
