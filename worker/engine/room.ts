import type { EngineStep } from "../../schemas/event.ts";
import type { ExecutionState, Surroundings } from "./state.ts";

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
