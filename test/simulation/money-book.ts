import type { BudgetLevel, EngineLimit, LimitScope } from "../../schemas/budget.ts";
import type { CostEntry, EnginePlan } from "../../schemas/event.ts";
import type { Surroundings } from "../../worker/engine/state.ts";
import type { LiveBook, StepBook } from "./step-book.ts";

const SURENESS = ["unknown", "estimated", "measured", "billed"];

export function isKnown(cost: CostEntry, currency: string): boolean {
  return cost.amount !== null && cost.currency === currency;
}

/** A limit as it stands at a moment, added up anew from what the journal says. */
export interface Stand {
  readonly limit: EngineLimit;
  readonly of: number;
  readonly settled: number;
  readonly reserved: number;
}

/** The books about money of one execution, kept without any of the engine's code: all entries, and sums of them when they are asked for. */
export class MoneyBook {
  limits: EngineLimit[] = [];
  currency = "";
  spent = 0;
  held = 0;
  overrun = 0;
  unknown = 0;
  readonly byService = new Map<string, number>();
  readonly allowances: { readonly key: string; readonly at: number; readonly amount: number }[] = [];
  readonly levels = new Map<string, BudgetLevel>();
  readonly moved = new Map<string, number>();
  readonly #entries: {
    readonly at: number;
    readonly service: string;
    readonly agent: string;
    readonly amount: number;
  }[] = [];
  /** Of costs, not of what is held. */
  readonly #named: { readonly service: string; readonly agent: string }[] = [];
  #latest = 0;
  #sureness: number | null = null;

  take({ budget, limits, currency }: EnginePlan): void {
    this.currency = currency;
    this.limits = [...limits];
    if (!budget) return;
    this.limits.unshift({
      key: "spec",
      label: "the budget",
      scope: { kind: "total" },
      window: { kind: "execution" },
      environment: null,
      limit: budget.limit,
      warnAt: budget.limit - Math.floor(budget.limit * 0.2),
      mode: budget.mode,
      approvalRequired: false,
      wait: 0,
    });
  }

  reservation({ def }: StepBook): number {
    return def.simulated || this.limits.length === 0 ? 0 : (def.reserve ?? def.cost ?? 0);
  }

  /** Costs of an attempt, out of what is left of its reservation. */
  bill(step: StepBook, live: LiveBook, costs: readonly CostEntry[], refused: number, at: string): void {
    const known = costs.filter((cost) => isKnown(cost, this.currency));
    const sum = known.reduce((all, { amount }) => all + (amount ?? 0), 0);
    const unknown = costs.length - known.length + refused;
    step.spent += sum;
    if (step.def.simulated) return;
    for (const { amount, service } of known) {
      this.#enter(at, service, live.agent, amount ?? 0);
      if (amount !== 0) this.#named.push({ service, agent: live.agent });
      this.byService.set(service, (this.byService.get(service) ?? 0) + (amount ?? 0));
    }
    for (const cost of costs) this.#rate(isKnown(cost, this.currency) ? cost.certainty : "unknown");
    if (refused > 0) this.#rate("unknown");
    this.spent += sum;
    this.unknown += unknown;
    step.unknown += unknown;
    this.overrun += Math.max(0, sum - live.reserved);
    live.reserved = Math.max(0, live.reserved - sum);
    if (unknown > 0) live.keeps = true;
  }

  /** The reservation of an attempt that is over stays where its cost is not known. */
  hold(step: StepBook, live: LiveBook, at: string): void {
    this.held += live.reserved;
    this.#enter(at, step.def.service, live.agent, live.reserved);
  }

  allow(key: string, amount: number, at: string): void {
    this.allowances.push({ key, at: Date.parse(at), amount });
  }

  move(step: StepBook, agent: string, t: number): void {
    for (const { key, scope } of this.limits) if (this.mayCount(scope, step.def.service, agent)) this.moved.set(key, t);
  }

  /** An agent may cost something under each service that its costs have named before. */
  mayCount(scope: LimitScope, service: string, agent: string): boolean {
    if (isIn(scope, service, agent)) return true;
    return this.#named.some((one) => one.agent === agent && isIn(scope, one.service, agent));
  }

  /** How sure the sum of all costs is: as sure as its least sure part. */
  get certainty(): string {
    return this.#sureness === null ? "measured" : (SURENESS[this.#sureness] ?? "");
  }

  stands(running: Iterable<StepBook>, t: number, around: Surroundings): Stand[] {
    return this.limits.map((limit) => {
      const isTimed = limit.window.kind !== "execution";
      const since = isTimed ? around.since(limit, t) : -Infinity;
      let settled = isTimed ? around.spent(limit, t) : 0;
      let reserved = isTimed ? around.reserved(limit, t) : 0;
      let of = limit.limit + (isTimed ? around.allowed(limit, t) : 0);
      for (const { at, service, agent, amount } of this.#entries)
        if (at >= since && isIn(limit.scope, service, agent)) settled += amount;
      for (const { def, live } of running)
        if (live && this.mayCount(limit.scope, def.service, live.agent)) reserved += live.reserved;
      for (const { key, at, amount } of this.allowances) if (key === limit.key && at >= since) of += amount;
      return { limit, of, settled, reserved };
    });
  }

  /** When some of what a limit counts leaves its window, on the execution's clock. */
  frees(limit: EngineLimit, t: number, around: Surroundings): number | null {
    const { window, scope } = limit;
    if (window.kind === "execution") return null;
    const moments = this.#entries
      .filter(({ at, service, agent }) => at >= around.since(limit, t) && isIn(scope, service, agent))
      .map(({ at }) => t + at - around.since(limit, t) + 1);
    const own = window.kind === "rolling" ? moments : [];
    const all = [...own, around.frees(limit, t) ?? Infinity];
    const next = Math.min(...all);
    return next === Infinity ? null : next;
  }

  #enter(when: string, service: string, agent: string, amount: number): void {
    if (amount === 0) return;
    this.#latest = Math.max(this.#latest, Date.parse(when));
    this.#entries.push({ at: this.#latest, service, agent, amount });
  }

  #rate(certainty: string): void {
    const sureness = SURENESS.indexOf(certainty);
    this.#sureness = Math.min(this.#sureness ?? sureness, sureness);
  }
}

/** Whether a limit of this scope counts what is booked under a service and done by an agent. */
export function isIn(scope: LimitScope, service: string, agent: string): boolean {
  if (scope.kind === "service") return scope.service === service;
  if (scope.kind === "other") return scope.listed.every((one) => one !== service);
  return scope.kind === "total" || scope.agent === agent;
}
