import { setImmediate } from "node:timers/promises";
import type { Micros } from "../../schemas/money.ts";
import type { PastSpending } from "../run/policy-book.ts";
import type { Database } from "../store/database.ts";
import { allowedEntries, spendingTerms, spentPages, type SpentEntry } from "../store/spending.ts";

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
    const fresh = { ...terms, bookings: [], allowances: new Map<string, { at: number; amount: Micros }[]>() };
    found.set(executionId, fresh);
    return fresh;
  };
  for (const page of spentPages(database, from)) {
    for (const { executionId, ...booking } of page satisfies SpentEntry[]) of(executionId)?.bookings.push(booking);
    await setImmediate();
  }
  for (const { executionId, key, ...allowance } of allowedEntries(database, from)) {
    const { allowances } = of(executionId) ?? { allowances: null };
    allowances?.set(key, [...(allowances.get(key) ?? []), allowance]);
  }
  return found;
}
