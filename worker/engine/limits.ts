import type { BudgetLevel, EngineLimit } from "../../schemas/budget.ts";
import type { EnginePlan, EventBody } from "../../schemas/event.ts";
import { formatAmount, fromMicros, type Micros } from "../../schemas/money.ts";
import { agentOf, type ExecutionState, type LiveAttempt, type StepState, type Surroundings } from "./state.ts";
import { allowedSince, counts, mayCount, oldestSince, trackOf, usageOf } from "./usage.ts";

/** Key of the limit that the spec itself states. */
export const SPEC_LIMIT = "spec";

/** All limits of a plan: the spec's own is one like those of policies, and people are told of it at four fifths. */
export function limitsOf({ budget, limits }: EnginePlan): EngineLimit[] {
  if (!budget) return limits;
  const { limit, mode } = budget;
  const own: EngineLimit = {
    key: SPEC_LIMIT,
    label: "the budget",
    scope: { kind: "total" },
    window: { kind: "execution" },
    environment: null,
    limit,
    warnAt: limit - Math.floor(limit / 5),
    mode,
    approvalRequired: false,
    wait: 0,
  };
  return [own, ...limits];
}

/** A limit, and what is used of it at a moment. */
export interface Standing {
  readonly limit: EngineLimit;
  /** The limit with what people have allowed above it. */
  readonly of: Micros;
  /** Spent in its window, with what ended attempts of unknown cost keep. */
  readonly settled: Micros;
  /** For running attempts, and for what starts at this moment. */
  reserved: Micros;
}

/** What may still be reserved; negative after an overrun. */
export function leftOf({ of, settled, reserved }: Standing): Micros {
  return of - settled - reserved;
}

/** What would be left if the attempts that run cost nothing more. */
export function leftAtBest({ of, settled }: Standing): Micros {
  return of - settled;
}

export function standingOf(state: ExecutionState, limit: EngineLimit, t: number, around: Surroundings): Standing {
  const { ledger } = state;
  if (limit.window.kind === "execution") {
    const { settled, reserved } = usageOf(state, limit.scope, 0);
    return { limit, of: limit.limit + allowedSince(ledger, limit.key, 0), settled, reserved };
  }
  const since = around.since(limit, t);
  const own = usageOf(state, limit.scope, since);
  return {
    limit,
    of: limit.limit + allowedSince(ledger, limit.key, since) + around.allowed(limit, t),
    settled: own.settled + around.spent(limit, t),
    reserved: own.reserved + around.reserved(limit, t),
  };
}

export function standingsOf(state: ExecutionState, t: number, around: Surroundings): Standing[] {
  return state.limits.map((limit) => standingOf(state, limit, t, around));
}

/** Whether what the step's next attempt costs counts for a limit. */
export function concerns({ ledger }: ExecutionState, { scope }: EngineLimit, step: StepState): boolean {
  return mayCount(ledger, scope, step.definition.service, agentOf(step));
}

/** What an attempt of this step sets aside before it starts. Simulated steps cost nothing; an unknown estimate has no figure. */
export function reservationOf(state: ExecutionState, { definition: step }: StepState): Micros {
  return step.simulated || state.limits.length === 0 ? 0 : (step.reserve ?? step.cost ?? 0);
}

/** What the limits say of a step that could start otherwise. */
export type MoneyWord =
  | { readonly kind: "fits" }
  /** For what running attempts give back, or for the window of a limit to move on. */
  | { readonly kind: "waits"; readonly standing: Standing }
  /** Only a person can make room. */
  | { readonly kind: "beyond"; readonly standing: Standing };

const FITS: MoneyWord = { kind: "fits" };

/**
 * Whether a step may start now as far as money is concerned. Once an overrun has passed a limit nothing fits any more, not even what
 * costs nothing (semantics, Budget). A limit that is enforced speaks before one that asks, and one that warns says nothing.
 */
export function moneyFor(
  state: ExecutionState,
  step: StepState,
  standings: readonly Standing[],
  t: number,
  around: Surroundings,
): MoneyWord {
  const needed = reservationOf(state, step);
  let asks: Standing | null = null;
  let waits: Standing | null = null;
  for (const standing of standings) {
    const { limit } = standing;
    if (limit.mode === "warn" || needed <= leftOf(standing) || !concerns(state, limit, step)) continue;
    if (needed <= leftAtBest(standing)) waits ??= standing;
    else if (limit.mode === "approve") asks ??= standing;
    else if (mayWait(state, step, standing, needed, t, around)) waits ??= standing;
    else return { kind: "beyond", standing };
  }
  if (asks) return { kind: "beyond", standing: asks };
  return waits ? { kind: "waits", standing: waits } : FITS;
}

/** A step may wait for a window of time to move on, but not longer than its policy says since it could have started. */
function mayWait(
  state: ExecutionState,
  step: StepState,
  { limit, of }: Standing,
  needed: Micros,
  t: number,
  around: Surroundings,
): boolean {
  if (limit.wait === 0 || limit.window.kind === "execution" || needed > of) return false;
  const next = freesAt(state, limit, t, around);
  const from = Math.max(step.readyAt, state.ledger.movedAt.get(limit.key) ?? 0);
  return next !== null && next <= from + limit.wait;
}

/** The next moment at which some of what is used of a limit leaves its window; null: none is known. */
export function freesAt(state: ExecutionState, limit: EngineLimit, t: number, around: Surroundings): number | null {
  if (limit.window.kind === "execution") return null;
  const others = around.frees(limit, t);
  if (limit.window.kind === "calendar") return others;
  const since = around.since(limit, t);
  const oldest = oldestSince(trackOf(state.ledger, limit.scope), since);
  if (oldest === null) return others;
  const own = t + (oldest - since) + 1;
  return others === null ? own : Math.min(own, others);
}

/** Something that counts for limits has started, cost something or ended: whoever waits for their windows waits from now. */
export function noteMove(state: ExecutionState, { definition }: StepState, agent: string): void {
  for (const { key, scope, wait } of state.limits)
    if (wait > 0 && mayCount(state.ledger, scope, definition.service, agent)) state.ledger.movedAt.set(key, state.t);
}

/** The first limit whose policy wants a person's word before anything of it starts, and has none yet. */
export function unapproved(state: ExecutionState, step: StepState, standings: readonly Standing[]): Standing | null {
  if (step.definition.simulated) return null;
  const { allowances } = state.ledger;
  const open = standings.find(
    ({ limit }) => limit.approvalRequired && !allowances.has(limit.key) && concerns(state, limit, step),
  );
  return open ?? null;
}

/**
 * Why what an attempt has reported is too much where a limit is enforced, or null: it passes the step's own cap, or what was set aside
 * for it and the limit.
 */
export function excessOf(
  { definition }: StepState,
  { agent, granted, reported, services }: LiveAttempt,
  standings: readonly Standing[],
): "cap" | "limit" | null {
  const isOverCap = definition.cap !== null && reported > definition.cap;
  if (reported <= granted && !isOverCap) return null;
  const enforced = standings.filter(({ limit: { mode, scope } }) => {
    if (mode !== "enforce") return false;
    return counts(scope, definition.service, agent) || services.some((service) => counts(scope, service, agent));
  });
  if (isOverCap && enforced.length > 0) return "cap";
  return reported > granted && enforced.some((standing) => leftOf(standing) < 0) ? "limit" : null;
}

/**
 * What an attempt may cost at most, so that it can be told before it starts: its cap and what was set aside for it, where a limit is
 * enforced. Null: nothing is known of that, or nothing is enforced.
 */
export function allowanceOf(state: ExecutionState, step: StepState, { granted }: LiveAttempt): Micros | null {
  const { cap, simulated } = step.definition;
  const isEnforced = state.limits.some((limit) => limit.mode === "enforce" && concerns(state, limit, step));
  if (simulated || !isEnforced) return null;
  if (cap === null) return granted > 0 ? granted : null;
  return granted > 0 ? Math.min(cap, granted) : cap;
}

/** How far a limit is used up. What is only reserved does not count: it would rise and fall with every attempt. */
export function levelOf({ limit, of, settled }: Standing): BudgetLevel {
  if (settled <= 0) return "below";
  if (settled >= of) return "limit";
  return settled >= of - (limit.limit - limit.warnAt) ? "threshold" : "below";
}

/** What people are to be told of limits that have risen or fallen since they were last told. */
export function levelChanges(state: ExecutionState, standings: readonly Standing[]): EventBody[] {
  return standings.flatMap((standing): EventBody[] => {
    const { limit, settled: used, of } = standing;
    const level = levelOf(standing);
    if (level === (state.ledger.levels.get(limit.key) ?? "below")) return [];
    return [{ type: "budget.level", limit: limit.key, label: limit.label, level, used, of }];
  });
}

/** The limit for people, for the middle of a sentence. */
export function nameOf({ key, label }: EngineLimit): string {
  return key === SPEC_LIMIT ? "the budget's limit" : `the limit of ${label}`;
}

export function amountIn(state: ExecutionState, micros: Micros): string {
  return formatAmount(fromMicros(micros), state.plan.currency);
}
