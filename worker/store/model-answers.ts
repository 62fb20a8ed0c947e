import { json, text } from "./columns.ts";
import type { Database } from "./database.ts";

/** So many answers are kept, those that were used last. */
const MOST_KEPT = 1_000;

/** A kept answer of a model (catalogue D7), whose key is the hash of everything that shapes it. It counts as used now. */
export function useModelAnswer(database: Database, key: string, now: string): { text: string; madeAt: string } | null {
  const found = database.first("SELECT answer, made_at FROM model_answers WHERE key = ?", [key], (row) => ({
    text: String(json(row, "answer")),
    madeAt: text(row, "made_at"),
  }));
  if (found !== null) database.run("UPDATE model_answers SET used_at = ? WHERE key = ?", [now, key]);
  return found;
}

/** Keeps an answer, and lets go of those that were not used for the longest time. */
export function keepModelAnswer(
  database: Database,
  answer: { readonly key: string; readonly provider: string; readonly model: string; readonly text: string },
  now: string,
): void {
  const { key, provider, model } = answer;
  database.run(
    `INSERT INTO model_answers (key, provider, model, answer, made_at, used_at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET answer = excluded.answer, made_at = excluded.made_at, used_at = excluded.used_at`,
    [key, provider, model, JSON.stringify(answer.text), now, now],
  );
  database.run(
    `DELETE FROM model_answers WHERE key IN
       (SELECT key FROM model_answers ORDER BY used_at DESC, key LIMIT -1 OFFSET ?)`,
    [MOST_KEPT],
  );
}
