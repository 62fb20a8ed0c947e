import type { EngineStep } from "../../schemas/event.ts";
import type { Micros } from "../../schemas/money.ts";
import type { ExecutionState, Surroundings } from "./state.ts";

/** What an attempt of this step sets aside before it starts. Simulated steps cost nothing; an unknown estimate has no figure. */
export function reservationOf(state: ExecutionState, step: EngineStep): Micros {
  return step.simulated || !state.plan.budget ? 0 : (step.reserve ?? step.cost ?? 0);
}

/** What may be spent in all; null without a limit. */
export function limitOf(state: ExecutionState): Micros | null {
  return state.plan.budget && state.plan.budget.limit + state.ledger.allowed;
}

/** What may still be reserved; negative after an overrun of the limit; null without a limit. */
export function budgetLeft(state: ExecutionState): Micros | null {
  const limit = limitOf(state);
  const { spent, held, reserved } = state.ledger;
  return limit === null ? null : limit - spent - held - reserved;
}

/**
 * True when a step may start now as far as the budget is concerned. Once an overrun has passed the limit, nothing fits any more,
 * not even what costs nothing (semantics, Budget).
 */
export function fitsBudget(state: ExecutionState, extraReserved: Micros, step: EngineStep): boolean {
  const left = budgetLeft(state);
  return left === null || extraReserved + reservationOf(state, step) <= left;
}

/** True when a step will not fit whatever the running attempts give back: only a person can make room. */
export function exceedsBudget(state: ExecutionState, step: EngineStep): boolean {
  const left = budgetLeft(state);
  return left !== null && reservationOf(state, step) > left + state.ledger.reserved;
}

/** True when the agent can take one more run. */
export function agentHasRoom(state: ExecutionState, around: Surroundings, extraLoad: number, agent: string): boolean {
  const limit = state.plan.agentLimits[agent];
  return limit === undefined || (state.agentLoad.get(agent) ?? 0) + around.load(agent) + extraLoad < limit;
}

/** The first of the step's locks that it cannot have now, or null. `taken` is what others have got or claimed at this moment. */
export function lockInTheWay(
  state: ExecutionState,
  around: Surroundings,
  taken: ReadonlyMap<string, number>,
  step: EngineStep,
): string | null {
  for (const lock of step.locks) {
    const holders = (state.lockHolders.get(lock)?.size ?? 0) + around.holders(lock) + (taken.get(lock) ?? 0);
    if (holders >= capacityOf(state, lock)) return lock;
  }
  return null;
}

/** How many may hold a lock at the same time. */
export function capacityOf(state: ExecutionState, lock: string): number {
  return Object.hasOwn(state.plan.pools, lock) ? (state.plan.pools[lock] ?? 1) : 1;
}
