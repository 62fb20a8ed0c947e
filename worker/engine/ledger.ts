import type { CostEntry } from "../../schemas/event.ts";
import type { CostCertainty, Micros } from "../../schemas/money.ts";
import type { ExecutionState, StepState } from "./state.ts";

/**
 * Settles a reservation once: known amounts are spent, an unknown amount keeps the reservation. An amount in another currency than
 * the plan's cannot be added up and counts as unknown. Simulated steps never enter the ledger.
 */
export function book(state: ExecutionState, step: StepState, costs: readonly CostEntry[], reserved: Micros): void {
  const { ledger } = state;
  const { currency } = state.plan;
  const known = knownSum(costs, currency);
  ledger.reserved -= reserved;
  step.spent += known;
  if (step.definition.simulated) return;
  let unknown = 0;
  for (const cost of costs) {
    if (!isKnown(cost, currency)) {
      unknown += 1;
      ledger.certainty = "unknown";
      continue;
    }
    ledger.certainty = lessSure(ledger.certainty, cost.certainty);
    ledger.byService.set(cost.service, (ledger.byService.get(cost.service) ?? 0) + (cost.amount ?? 0));
  }
  ledger.spent += known;
  ledger.unknown += unknown;
  ledger.overrun += Math.max(0, known - reserved);
  if (unknown > 0) ledger.held += Math.max(0, reserved - known);
  step.unknownCosts += unknown;
}

/** The attempt was interrupted by a crash of ours: what it has cost is not known, so its reservation stays held. */
export function holdReservation(state: ExecutionState, reserved: Micros): void {
  state.ledger.reserved -= reserved;
  state.ledger.held += reserved;
}

function knownSum(costs: readonly CostEntry[], currency: string): Micros {
  return costs.reduce((sum, cost) => sum + (isKnown(cost, currency) ? (cost.amount ?? 0) : 0), 0);
}

function isKnown(cost: CostEntry, currency: string): boolean {
  return cost.amount !== null && cost.currency === currency;
}

const SURENESS = ["unknown", "estimated", "measured", "billed"] as const;

function lessSure(a: CostCertainty | null, b: CostCertainty): CostCertainty {
  return a !== null && SURENESS.indexOf(a) < SURENESS.indexOf(b) ? a : b;
}
