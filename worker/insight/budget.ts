import { setImmediate } from "node:timers/promises";
import type { BudgetApproval, BudgetView, EstimateAccuracy, SpentLine } from "../../schemas/budget.ts";
import { labelOfKey } from "../../schemas/limit-label.ts";
import { fromMicros, type CostCertainty, type Micros } from "../../schemas/money.ts";
import type { Database } from "../store/database.ts";
import { findExecution } from "../store/executions.ts";
import {
  allowedEntries,
  estimatedAttempts,
  heldEntries,
  ledgerPages,
  type EstimatedAttempt,
  type SpentEntry,
} from "../store/spending.ts";

type Breakdown = Pick<BudgetView, "byService" | "byAgent" | "byExecution" | "byDay" | "accuracy" | "approvals">;

export const NOTHING_SPENT: Breakdown = {
  byService: [],
  byAgent: [],
  byExecution: [],
  byDay: [],
  accuracy: [],
  approvals: [],
};

/** How many attempts say how good estimates are. */
const ATTEMPTS_COMPARED = 5_000;

/** What was spent since a moment (ISO 8601), by what, and how good its estimates were (catalogue E4, E5). Simulated steps are not in the ledger. */
export async function budgetBreakdown(database: Database, since: string): Promise<Breakdown> {
  const [services, agents, executions, days] = [new Lines(), new Lines(), new Lines(), new Lines()];
  for (const page of ledgerPages(database, since)) {
    for (const entry of page) {
      services.add(entry.service, entry);
      agents.add(entry.agent, entry);
      executions.add(entry.executionId, entry);
      days.add(localDay(entry.at), entry);
    }
    await setImmediate();
  }
  for (const entry of heldEntries(database, since)) {
    services.hold(entry.service, entry);
    agents.hold(entry.agent, entry);
    executions.hold(entry.executionId, entry);
    days.hold(localDay(entry.at), entry);
  }
  return {
    byService: services.largestFirst(),
    byAgent: agents.largestFirst(),
    byExecution: executions.largestFirst().map((line) => ({
      ...line,
      executionId: line.name,
      name: findExecution(database, line.name)?.title ?? line.name,
    })),
    byDay: days.byName(),
    accuracy: accuracyOf(estimatedAttempts(database, since, ATTEMPTS_COMPARED)),
    approvals: approvalsOf(database, since),
  };
}

function approvalsOf(database: Database, since: string): BudgetApproval[] {
  return allowedEntries(database, since).map(({ at, by, amount, currency, key, executionId, stepId, title }) => ({
    at,
    by,
    amount: fromMicros(amount),
    currency,
    label: labelOfKey(key),
    executionId,
    stepId,
    title,
  }));
}

/** `2026-11-21`, where this worker runs. */
export function localDay(at: string): string {
  const date = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

interface Line {
  readonly name: string;
  readonly currency: string;
  micros: Micros;
  certainty: CostCertainty;
  entries: number;
  unknown: number;
  held: Micros;
}

const SURENESS: readonly CostCertainty[] = ["unknown", "estimated", "measured", "billed"];

/** Sums in millionths, one line a name and currency. */
class Lines {
  readonly #lines = new Map<string, Line>();

  add(name: string, { amount, currency, certainty }: SpentEntry): void {
    const line = this.#line(name, currency, certainty);
    line.entries += 1;
    if (amount === null) line.unknown += 1;
    else line.micros += amount;
    if (SURENESS.indexOf(certainty) < SURENESS.indexOf(line.certainty)) line.certainty = certainty;
  }

  /** An attempt of unknown cost keeps this. */
  hold(name: string, { amount, currency }: SpentEntry): void {
    const line = this.#line(name, currency, "unknown");
    line.held += amount ?? 0;
    line.certainty = "unknown";
  }

  #line(name: string, currency: string, certainty: CostCertainty): Line {
    const key = JSON.stringify([name, currency]);
    const line = this.#lines.get(key) ?? { name, currency, micros: 0, certainty, entries: 0, unknown: 0, held: 0 };
    this.#lines.set(key, line);
    return line;
  }

  largestFirst(): SpentLine[] {
    return this.#all().sort((a, b) => b.amount - a.amount || compare(a.name, b.name));
  }

  byName(): SpentLine[] {
    return this.#all().sort((a, b) => compare(a.name, b.name) || compare(a.currency, b.currency));
  }

  #all(): SpentLine[] {
    return [...this.#lines.values()].map(({ micros, held, ...line }) => ({
      ...line,
      amount: fromMicros(micros),
      held: fromMicros(held),
    }));
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** One line a currency (catalogue E5). */
export function accuracyOf(attempts: readonly EstimatedAttempt[]): EstimateAccuracy[] {
  const byCurrency = Map.groupBy(attempts, ({ currency }) => currency);
  return [...byCurrency].map(([currency, all]) => {
    const ratios = all.map(({ estimated, actual }) => actual / estimated).sort((a, b) => a - b);
    const within = all.filter(({ estimated, actual }) => BigInt(actual) * 10n <= BigInt(estimated) * 11n);
    const sum = (of: (attempt: EstimatedAttempt) => Micros): number => all.reduce((total, one) => total + of(one), 0);
    return {
      attempts: all.length,
      currency,
      estimated: fromMicros(sum(({ estimated }) => estimated)),
      actual: fromMicros(sum(({ actual }) => actual)),
      medianRatio: median(ratios),
      withinTenth: within.length / all.length,
    };
  });
}

function median(sorted: readonly number[]): number | null {
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
