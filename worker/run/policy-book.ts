import type { EngineLimit, LimitScope } from "../../schemas/budget.ts";
import type { EnginePlan } from "../../schemas/event.ts";
import { exchanged, type Micros } from "../../schemas/money.ts";
import type { Booking, Surroundings, Track } from "../engine/state.ts";
import { bookedSince, counts, extend, oldestSince, scopeKey, type Usage } from "../engine/usage.ts";
import { nextWindow, windowStart } from "./budget-window.ts";
import type { Clock } from "./ports.ts";

/** What an execution has spent, for the windows of policies. */
export interface PastSpending {
  readonly environment: string | null;
  readonly currency: string;
  /** With what ended attempts of unknown cost keep; in the order of their times. */
  readonly bookings: readonly Booking[];
  /** What people have allowed above limits, by their keys. */
  readonly allowances: ReadonlyMap<string, readonly { readonly at: number; readonly amount: Micros }[]>;
}

/** An execution that runs, as the book asks it. */
export interface LiveSpending {
  /** Null before its start. */
  usage(scope: LimitScope, since: number): (Usage & Pick<EnginePlan, "currency" | "environment">) | null;
  allowed(key: string, since: number): Micros;
  /** Under which services something of each agent was booked. */
  services(): ReadonlyMap<string, ReadonlySet<string>>;
  /** When the oldest of what counts was booked; null: nothing counts. */
  oldest(scope: LimitScope, since: number): number | null;
}

export interface PolicyBookOptions {
  readonly clock: Clock;
  /** What was spent since a moment of wall time, by execution, from the record. It may take its time. */
  readonly recorded: (since: number) => Promise<ReadonlyMap<string, PastSpending>>;
  /** The executions that run, by id. */
  readonly live: () => Iterable<readonly [id: string, spending: LiveSpending]>;
}

/** What amounts are counted in. */
export type Money = Pick<EnginePlan, "currency" | "rates">;

/** What is used of a limit by all but one execution. */
export interface Used {
  readonly spent: Micros;
  readonly reserved: Micros;
  readonly allowed: Micros;
}

type OfLimits = Pick<Surroundings, "spent" | "reserved" | "allowed" | "since" | "frees">;

/**
 * What all executions of a folder use of limits with a window of time (catalogue E1, E2). Those that run are asked; what those that do
 * not run have spent is read from the record once, as far back as a window needs it, and kept. An amount whose currency has no rate
 * cannot be counted.
 */
export class PolicyBook {
  readonly #options: PolicyBookOptions;
  /** Executions that do not run. */
  readonly #past = new Map<string, PastSpending>();
  /** Those of them that ran in this worker: what they have left behind is newer than the record was. */
  readonly #left = new Set<string>();
  /** From when on the record has been read. */
  #since = Infinity;
  #reading: Promise<void> = Promise.resolve();
  /** Sums of what does not run by environment, scope and currency; made anew after every change. */
  readonly #tracks = new Map<string, ReadonlyMap<string, Track>>();

  constructor(options: PolicyBookOptions) {
    this.#options = options;
  }

  /** Reads what these limits need. To be awaited before an execution is decided upon that has them. */
  async cover(limits: readonly EngineLimit[]): Promise<void> {
    const now = this.#now();
    const since = Math.min(
      ...limits.map(({ window }) => (window.kind === "execution" ? Infinity : windowStart(window, now))),
    );
    if (since >= this.#since) return;
    const read = this.#reading.then(() => this.#read(since));
    this.#reading = read.catch(() => undefined);
    await read;
  }

  async #read(since: number): Promise<void> {
    if (since >= this.#since) return;
    const found = await this.#options.recorded(since);
    const live = new Set(
      [...this.#options.live()].flatMap(([id, { usage }]) => (usage(TOTAL, 0) === null ? [] : [id])),
    );
    for (const [id, past] of found) if (!live.has(id) && !this.#left.has(id)) this.#past.set(id, past);
    this.#since = since;
    this.#tracks.clear();
  }

  /** An execution runs now: from here on it is asked itself. */
  entered(executionId: string): void {
    this.#left.add(executionId);
    if (this.#past.delete(executionId)) this.#tracks.clear();
  }

  /** An execution runs no more. */
  left(executionId: string, past: PastSpending): void {
    this.#left.add(executionId);
    this.#past.set(executionId, past);
    this.#tracks.clear();
  }

  /** What the others use, for the decisions of one execution. `plan` is the one that is in force. */
  around(executionId: string, plan: () => Money | null): OfLimits {
    const money = (): Money => plan() ?? { currency: "", rates: {} };
    return {
      since: ({ window }) => windowStart(window, this.#now()),
      spent: (limit) => this.used(limit, money(), executionId).spent,
      reserved: (limit) => this.#reserved(limit, money(), executionId),
      allowed: (limit) => this.#allowed(limit, money(), executionId),
      frees: (limit, t) => {
        const now = this.#now();
        const at = this.frees(limit, executionId);
        return at === null ? null : t + Math.max(1, at - now);
      },
    };
  }

  /** Amounts of executions that do not run were replaced in the record. */
  async billed(executionIds: ReadonlySet<string>): Promise<void> {
    if (executionIds.size === 0 || this.#since === Infinity) return;
    const found = await this.#options.recorded(this.#since);
    for (const id of executionIds) {
      const past = found.get(id);
      if (past && this.#past.has(id)) this.#past.set(id, past);
    }
    this.#tracks.clear();
  }

  /** What is used of a limit by all but one execution (null: by all). */
  used(limit: EngineLimit, money: Money, except: string | null): Used {
    const since = windowStart(limit.window, this.#now());
    let spent = 0;
    for (const [currency, track] of this.#tracksOf(limit)) spent += into(money, bookedSince(track, since), currency);
    for (const { settled, currency } of this.#usages(limit, since, except)) spent += into(money, settled, currency);
    return { spent, reserved: this.#reserved(limit, money, except), allowed: this.#allowed(limit, money, except) };
  }

  /** Under which services something of each agent was booked, as far back as the record has been read. */
  services(): Record<string, string[]> {
    const found = new Map<string, Set<string>>();
    const add = (agent: string, service: string): void => {
      const named = found.get(agent) ?? new Set();
      found.set(agent, named.add(service));
    };
    for (const { bookings } of this.#past.values()) for (const { agent, service } of bookings) add(agent, service);
    for (const [, spending] of this.#options.live())
      for (const [agent, named] of spending.services()) for (const service of named) add(agent, service);
    return Object.fromEntries([...found].map(([agent, named]) => [agent, [...named]]));
  }

  /** When, in milliseconds of wall time, some of what the others have spent leaves the window of a limit, or it begins anew; null: never. */
  frees(limit: EngineLimit, except: string | null): number | null {
    const { window, scope } = limit;
    const now = this.#now();
    if (window.kind !== "rolling") return nextWindow(window, now);
    const since = windowStart(window, now);
    const oldest: (number | null)[] = [...this.#tracksOf(limit).values()].map((track) => oldestSince(track, since));
    for (const [id, spending] of this.#options.live()) {
      if (id === except) continue;
      const usage = spending.usage(scope, since);
      if (usage && concerns(limit, usage.environment)) oldest.push(spending.oldest(scope, since));
    }
    const times = oldest.filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times) + window.length + 1;
  }

  #reserved(limit: EngineLimit, money: Money, except: string | null): Micros {
    let sum = 0;
    for (const { reserved, currency } of this.#usages(limit, this.#now(), except))
      sum += into(money, reserved, currency);
    return sum;
  }

  #allowed(limit: EngineLimit, money: Money, except: string | null): Micros {
    const since = windowStart(limit.window, this.#now());
    let sum = 0;
    // More money is never rounded up.
    const add = (amount: Micros, currency: string): void => {
      sum += exchanged(amount, currency, money.currency, money.rates, "down") ?? 0;
    };
    for (const { environment, currency, allowances } of this.#past.values()) {
      if (!concerns(limit, environment)) continue;
      for (const { at, amount } of allowances.get(limit.key) ?? []) if (at >= since) add(amount, currency);
    }
    for (const [id, spending] of this.#options.live()) {
      const usage = id === except ? null : spending.usage(limit.scope, since);
      if (usage && concerns(limit, usage.environment)) add(spending.allowed(limit.key, since), usage.currency);
    }
    return sum;
  }

  *#usages(
    limit: EngineLimit,
    since: number,
    except: string | null,
  ): Generator<Usage & Pick<EnginePlan, "currency" | "environment">, void> {
    for (const [id, spending] of this.#options.live()) {
      const usage = id === except ? null : spending.usage(limit.scope, since);
      if (usage && concerns(limit, usage.environment)) yield usage;
    }
  }

  /** What does not run and counts, by currency. */
  #tracksOf(limit: EngineLimit): ReadonlyMap<string, Track> {
    const key = JSON.stringify([limit.environment, scopeKey(limit.scope)]);
    let tracks = this.#tracks.get(key);
    if (!tracks) {
      tracks = this.#sum(limit);
      this.#tracks.set(key, tracks);
    }
    return tracks;
  }

  #sum(limit: EngineLimit): Map<string, Track> {
    const { scope } = limit;
    const byCurrency = new Map<string, Booking[]>();
    for (const { environment, currency, bookings } of this.#past.values()) {
      if (!concerns(limit, environment)) continue;
      const list = byCurrency.get(currency) ?? [];
      for (const booking of bookings) if (counts(scope, booking.service, booking.agent)) list.push(booking);
      byCurrency.set(currency, list);
    }
    const tracks = new Map<string, Track>();
    for (const [currency, list] of byCurrency) {
      const track: Track = { scope, times: [], totals: [] };
      for (const { at, amount } of list.sort((a, b) => a.at - b.at)) extend(track, at, amount);
      tracks.set(currency, track);
    }
    return tracks;
  }

  #now(): number {
    return this.#options.clock.wall().getTime();
  }
}

const TOTAL: LimitScope = { kind: "total" };

/** Plans that name no environment count everywhere, as every policy holds for them. */
function concerns(limit: EngineLimit, environment: string | null): boolean {
  return limit.environment === null || environment === null || limit.environment === environment;
}

/** Costs are rounded up. */
function into({ currency, rates }: Money, amount: Micros, from: string): Micros {
  return exchanged(amount, from, currency, rates, "up") ?? 0;
}
