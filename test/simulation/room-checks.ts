import type { Surroundings } from "../../worker/engine/state.ts";
import type { JournalModel } from "./journal-model.ts";
import { moneyBlocks } from "./money-checks.ts";
import { agentOf, type StepBook } from "./step-book.ts";

/**
 * What keeps each step that could start otherwise, as kinds of blockers: everything that is true of it. In start order, up to
 * `end`. A step that waits for a lock claims its other ones, so that those behind it cannot keep it waiting by turns.
 */
export function whatBlocks(
  model: JournalModel,
  t: number,
  around: Surroundings,
  end: StepBook | null = null,
): Map<StepBook, Set<string>> {
  const candidates: StepBook[] = [];
  const consider = (step: StepBook): void => {
    if (step !== end && (end === null || isBefore(step, end))) candidates.push(step);
  };
  model.ready.forEach(consider);
  for (const step of model.backoff) if (step.due <= t) consider(step);
  candidates.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  const claimed = new Map<string, number>();
  const blocked = new Map<StepBook, Set<string>>();
  const stands = model.money.stands(model.running, t, around);
  for (const step of candidates) {
    const kinds = new Set<string>();
    const { locks } = step.def;
    const agent = agentOf(step);
    const isFull = (lock: string): boolean =>
      model.holders(lock) + around.holders(lock) + (claimed.get(lock) ?? 0) >= (model.plan.pools[lock] ?? 1);
    if (moneyBlocks(model, step, stands, t, around).length > 0) kinds.add("budget");
    if (locks.some(isFull)) kinds.add("lock");
    if (model.load(agent) + around.load(agent) >= (model.plan.agentLimits[agent] ?? Infinity)) kinds.add("agent");
    if (model.running.size >= model.plan.maxConcurrent) kinds.add("slot");
    // Of what starts together, one may take the money of another that has claimed its locks before.
    if (kinds.has("lock") && (end !== null || !kinds.has("budget")))
      for (const lock of locks) claimed.set(lock, (claimed.get(lock) ?? 0) + 1);
    blocked.set(step, kinds);
  }
  return blocked;
}

function isBefore(a: StepBook, b: StepBook): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.index < b.index);
}
