import type { CostEntry, EventOf } from "../../schemas/event.ts";
import type { CostCertainty, Micros } from "../../schemas/money.ts";
import type { ExecutionState, LiveAttempt, StepState } from "./state.ts";

/**
 * Settles a reservation once: known amounts are spent, an unknown amount keeps the reservation. An amount in another currency than
 * the plan's cannot be added up and counts as unknown. Simulated steps never enter the ledger.
 */
export function book(state: ExecutionState, step: StepState, costs: readonly CostEntry[], live: LiveAttempt): void {
  const { ledger } = state;
  const { reserved } = live;
  ledger.reserved -= reserved;
  const { known, unknown } = enter(state, step, costs);
  if (step.definition.simulated) return;
  ledger.overrun += Math.max(0, known - reserved);
  if (unknown > 0 || live.hasUnknownCost) ledger.held += Math.max(0, reserved - known);
}

/** What a running attempt reports is spent at once. A cost that was refused counts as unknown. */
export function bookReport(
  state: ExecutionState,
  step: StepState,
  live: LiveAttempt,
  { costs, refused }: EventOf<"attempt.reported">,
): void {
  const { ledger } = state;
  const { known, unknown } = enter(state, step, costs);
  if (unknown + refused.length > 0) live.hasUnknownCost = true;
  if (step.definition.simulated) return;
  if (refused.length > 0) {
    ledger.unknown += refused.length;
    ledger.certainty = "unknown";
    step.unknownCosts += refused.length;
  }
  const covered = Math.min(known, live.reserved);
  live.reserved -= covered;
  ledger.reserved -= covered;
  ledger.overrun += known - covered;
}

/** Puts entries into the ledger. */
function enter(
  state: ExecutionState,
  step: StepState,
  costs: readonly CostEntry[],
): { readonly known: Micros; readonly unknown: number } {
  const { ledger } = state;
  const { currency } = state.plan;
  const known = knownSum(costs, currency);
  step.spent += known;
  if (step.definition.simulated) return { known, unknown: 0 };
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
  step.unknownCosts += unknown;
  return { known, unknown };
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
