import type { CostEntry, EventOf } from "../../schemas/event.ts";
import type { CostCertainty, Micros } from "../../schemas/money.ts";
import type { ExecutionState, Ledger, LiveAttempt, StepState } from "./state.ts";
import { addBooking } from "./usage.ts";

/** What an event says was paid, and when. */
interface Bill {
  readonly at: string;
  readonly costs: readonly CostEntry[];
}

/**
 * Settles a reservation once: known amounts are spent, an unknown amount keeps the reservation. An amount in another currency than
 * the plan's cannot be added up and counts as unknown. Simulated steps never enter the ledger.
 */
export function book(state: ExecutionState, step: StepState, live: LiveAttempt, bill: Bill): void {
  const { ledger } = state;
  const { reserved } = live;
  ledger.reserved -= reserved;
  const { known, unknown } = enter(state, step, live, bill);
  if (step.definition.simulated) return;
  ledger.overrun += Math.max(0, known - reserved);
  if (unknown > 0 || live.hasUnknownCost) hold(ledger, step, live, Math.max(0, reserved - known), bill.at);
}

/** What a running attempt reports is spent at once. A cost that was refused counts as unknown. */
export function bookReport(
  state: ExecutionState,
  step: StepState,
  live: LiveAttempt,
  event: EventOf<"attempt.reported">,
): void {
  const { ledger } = state;
  const { refused } = event;
  const { known, unknown } = enter(state, step, live, event);
  if (unknown + refused.length > 0) live.hasUnknownCost = true;
  if (step.definition.simulated) return;
  if (refused.length > 0) {
    ledger.unknown += refused.length;
    ledger.certainty = "unknown";
    step.unknownCosts += refused.length;
  }
  const services = event.costs.map(({ service }) => service);
  live.services = [...new Set([...live.services, ...services])];
  live.reported += known;
  const covered = Math.min(known, live.reserved);
  live.reserved -= covered;
  ledger.reserved -= covered;
  ledger.overrun += known - covered;
}

/** Puts entries into the ledger. */
function enter(
  state: ExecutionState,
  step: StepState,
  { agent }: LiveAttempt,
  { at, costs }: Bill,
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
    const amount = cost.amount ?? 0;
    ledger.certainty = lessSure(ledger.certainty, cost.certainty);
    ledger.byService.set(cost.service, (ledger.byService.get(cost.service) ?? 0) + amount);
    addBooking(ledger, at, cost.service, agent, amount);
    if (amount > 0) nameService(ledger, agent, cost.service);
  }
  ledger.spent += known;
  ledger.unknown += unknown;
  step.unknownCosts += unknown;
  return { known, unknown };
}

function nameService({ servicesOf }: Ledger, agent: string, service: string): void {
  const named = servicesOf.get(agent);
  if (named) named.add(service);
  else servicesOf.set(agent, new Set([service]));
}

/** The attempt was interrupted by a crash of ours: what it has cost besides its reports is not known, so the rest stays held. */
export function holdReservation({ ledger }: ExecutionState, step: StepState, live: LiveAttempt, at: string): void {
  ledger.reserved -= live.reserved;
  hold(ledger, step, live, live.reserved, at);
}

function hold(ledger: Ledger, { definition }: StepState, { agent }: LiveAttempt, amount: Micros, at: string): void {
  ledger.held += amount;
  addBooking(ledger, at, definition.service, agent, amount);
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
