import type { Artifact, EventOf } from "../../schemas/event.ts";
import type { Database } from "./database.ts";

/** Records a file that an attempt made. A later attempt of the step that makes the same file replaces the entry. */
export function insertArtifact(database: Database, event: EventOf<"attempt.finished">, artifact: Artifact): void {
  database.run(
    `INSERT INTO artifacts (execution_id, step_id, path, type, url, sha256, size, simulated, at)
     SELECT execution_id, step_id, ?4, ?5, ?6, ?7, ?8, simulated, ?9 FROM attempts
     WHERE execution_id = ?1 AND step_id = ?2 AND number = ?3
     ON CONFLICT (execution_id, step_id, path) DO UPDATE SET type = excluded.type, url = excluded.url,
       sha256 = excluded.sha256, size = excluded.size, simulated = excluded.simulated, at = excluded.at`,
    [
      event.executionId,
      event.stepId,
      event.attempt,
      artifact.path,
      artifact.type,
      artifact.url,
      artifact.sha256,
      artifact.size,
      event.at,
    ],
  );
}
