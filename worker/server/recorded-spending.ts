import { setImmediate } from "node:timers/promises";
import type { Micros } from "../../schemas/money.ts";
import type { PastSpending } from "../run/policy-book.ts";
import type { Database } from "../store/database.ts";
import { allowedEntries, heldEntries, ledgerPages, spendingTerms, type SpentEntry } from "../store/spending.ts";

interface Gathered extends PastSpending {
  readonly bookings: { at: number; service: string; agent: string; amount: Micros }[];
  readonly allowances: Map<string, { at: number; amount: Micros }[]>;
}

/** What executions have spent since a moment of wall time, from the record, by execution. Others have their turn between its pieces. */
export async function recordedSpending(database: Database, since: number): Promise<Map<string, PastSpending>> {
  const from = new Date(since).toISOString();
  const found = new Map<string, Gathered>();
  const of = (executionId: string): Gathered | null => {
    const known = found.get(executionId);
    const terms = known ? null : spendingTerms(database, executionId);
    if (!terms) return known ?? null;
    const fresh: Gathered = { ...terms, bookings: [], allowances: new Map() };
    found.set(executionId, fresh);
    return fresh;
  };
  const enter = ({ executionId, at, service, agent, amount, currency }: SpentEntry): void => {
    const execution = of(executionId);
    // The execution itself could not count it either, and keeps its reservation instead.
    if (amount === null || amount === 0 || execution?.currency !== currency) return;
    execution.bookings.push({ at: Date.parse(at), service, agent, amount });
  };
  for (const page of ledgerPages(database, from)) {
    page.forEach(enter);
    await setImmediate();
  }
  heldEntries(database, from).forEach(enter);
  for (const { executionId, key, at, amount } of allowedEntries(database, from)) {
    const allowances = of(executionId)?.allowances;
    allowances?.set(key, [...(allowances.get(key) ?? []), { at: Date.parse(at), amount }]);
  }
  return found;
}
