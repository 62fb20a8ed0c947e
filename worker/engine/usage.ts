import type { EngineLimit, LimitScope } from "../../schemas/budget.ts";
import type { Micros } from "../../schemas/money.ts";
import { stepAt, type ExecutionState, type Ledger, type Track } from "./state.ts";
import { wallTime } from "./wall-time.ts";

/** What an execution has used of a limit. */
export interface Usage {
  /** Spent, with what ended attempts of unknown cost keep. */
  readonly settled: Micros;
  /** For attempts that run. */
  readonly reserved: Micros;
}

/** What an execution has used of a limit with this scope since a moment of wall time (0: since its start), in its plan's currency. */
export function usageOf(state: ExecutionState, scope: LimitScope, since: number): Usage {
  return { settled: bookedSince(trackOf(state.ledger, scope), since), reserved: reservedIn(state, scope) };
}

/** What people have allowed above a limit since a moment of wall time. */
export function allowedSince({ allowances }: Ledger, key: string, since: number): Micros {
  let sum = 0;
  for (const { at, amount } of allowances.get(key) ?? []) if (at >= since) sum += amount;
  return sum;
}

/** Whether something of this service, done by this agent, counts. */
export function counts(scope: LimitScope, service: string, agent: string): boolean {
  switch (scope.kind) {
    case "total":
      return true;
    case "service":
      return scope.service === service;
    case "other":
      return !scope.listed.includes(service);
    case "agent":
      return scope.agent === agent;
  }
}

/** Whether what an attempt of a step may cost counts: under the service of the step, or another one that its agent has named before. */
export function mayCount({ servicesOf }: Ledger, scope: LimitScope, service: string, agent: string): boolean {
  if (counts(scope, service, agent)) return true;
  for (const named of servicesOf.get(agent) ?? []) if (counts(scope, named, agent)) return true;
  return false;
}

/** The same for scopes that count the same. */
export function scopeKey(scope: LimitScope): string {
  switch (scope.kind) {
    case "total":
      return "total";
    case "service":
      return `service ${scope.service}`;
    case "other":
      return `other than ${JSON.stringify(scope.listed.toSorted())}`;
    case "agent":
      return `agent ${scope.agent}`;
  }
}

/** All bookings of a scope; those of the plan's limits are at hand. */
export function trackOf({ tracks, bookings }: Ledger, scope: LimitScope): Track {
  const kept = tracks.get(scopeKey(scope));
  if (kept) return kept;
  const track: Track = { scope, times: [], totals: [] };
  for (const { at, service, agent, amount } of bookings) if (counts(scope, service, agent)) extend(track, at, amount);
  return track;
}

/** Keeps the bookings of the scopes of these limits at hand, and of no others. */
export function track(ledger: Ledger, limits: readonly EngineLimit[]): void {
  const tracks = new Map(limits.map(({ scope }) => [scopeKey(scope), trackOf(ledger, scope)]));
  ledger.tracks.clear();
  for (const [key, kept] of tracks) ledger.tracks.set(key, kept);
}

/** Enters what was spent, or what the attempt of an unknown cost keeps. */
export function addBooking(ledger: Ledger, when: string, service: string, agent: string, amount: Micros): void {
  if (amount === 0) return;
  const { bookings } = ledger;
  const last = bookings.at(-1);
  // A clock on the wall that is set back must not hide what was spent: then it counts as spent later.
  const at = Math.max(wallTime(when), last?.at ?? 0);
  if (last?.at === at && last.service === service && last.agent === agent) last.amount += amount;
  else bookings.push({ at, service, agent, amount });
  for (const kept of ledger.tracks.values()) if (counts(kept.scope, service, agent)) extend(kept, at, amount);
}

/** Adds an entry; what was booked in one moment is one entry. */
export function extend({ times, totals }: Track, at: number, amount: Micros): void {
  const total = (totals.at(-1) ?? 0) + amount;
  if (times.at(-1) === at) totals[totals.length - 1] = total;
  else {
    times.push(at);
    totals.push(total);
  }
}

/** The sum of what was booked at or after a moment. */
export function bookedSince(track: Track, since: number): Micros {
  const first = firstSince(track, since);
  return (track.totals.at(-1) ?? 0) - (first === 0 ? 0 : (track.totals[first - 1] ?? 0));
}

/** When the oldest entry that counts since a moment was booked; null: none counts. */
export function oldestSince(track: Track, since: number): number | null {
  return track.times[firstSince(track, since)] ?? null;
}

function firstSince({ times }: Track, since: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? 0) < since) low = middle + 1;
    else high = middle;
  }
  return low;
}

function reservedIn(state: ExecutionState, scope: LimitScope): Micros {
  let sum = 0;
  for (const index of state.running) {
    const { phase, definition } = stepAt(state, index);
    if (phase.kind !== "running" || phase.live.reserved === 0) continue;
    if (mayCount(state.ledger, scope, definition.service, phase.live.agent)) sum += phase.live.reserved;
  }
  return sum;
}
