import type { Hook, HookPayload } from "../../schemas/hook.ts";
import type { Clock } from "../run/ports.ts";
import type { Database } from "../store/database.ts";
import { deliveryDone, deliveryFailed, nextDeliveries, type NextDelivery } from "../store/hook-deliveries.ts";
import { LONGEST_DELAY_MS, nextTry, type TryEnd } from "../workflow/hooks/delivery-rules.ts";

/** One try of a delivery under way. */
export interface Sending {
  /** Does not reject. */
  readonly result: Promise<TryEnd>;
  /** Ends it at once. */
  stop(): void;
}

export interface HookSenderOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** The hook as a person has approved it, or why there is none. Does not reject. */
  hookOf(payload: HookPayload): Promise<{ readonly hook: Hook } | { readonly problem: string }>;
  send(hook: Hook, payload: HookPayload): Sending;
  /** Something that a person should know. */
  readonly notice: (message: string) => void;
  /** Whether it is busy may have changed. */
  readonly onChange: () => void;
}

const MOST_AT_A_TIME = 8;
const MOST_OF_ONE_HOOK = 4;
/** More hooks and executions than can be sent to at the same time; the others come after them. */
const LOOKED_AT = 200;
/** A delivery that is due so soon holds the worker; what is due later is sent when a worker runs again. */
const HOLDS_MS = 60_000;
/** When the record cannot be read or written. */
const PAUSE_MS = 5_000;

/**
 * Sends what is queued for hooks, each at least once: what is not known to have arrived is sent again with the same key (catalogue F2).
 * What one hook is told of one execution is told in order; everything else side by side, within bounds.
 */
export class HookSender {
  readonly #options: HookSenderOptions;
  /** By hook and execution. */
  readonly #active = new Map<string, { readonly hook: string; stop(): void }>();
  #pumping: Promise<void> | null = null;
  #isAsked = false;
  #wake: { readonly at: number; cancel(): void } | null = null;
  #isClosed = false;
  readonly #idle = new Set<() => void>();

  constructor(options: HookSenderOptions) {
    this.#options = options;
  }

  /** Something may have been queued. May be called at any time, also inside a transaction. */
  poke(): void {
    if (this.#isClosed) return;
    this.#isAsked = true;
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = null;
      if (this.#isAsked) this.poke();
      else this.#options.onChange();
    });
  }

  /** Whether something is being sent, or is to be soon. */
  get isBusy(): boolean {
    const now = this.#options.clock.wall().getTime();
    return this.#pumping !== null || this.#active.size > 0 || (this.#wake !== null && this.#wake.at - now < HOLDS_MS);
  }

  /** Resolves when it is known what is to be sent. */
  async looked(): Promise<void> {
    await this.#pumping;
  }

  /** Ends what is being sent; it is sent again by the next worker. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isAsked = false;
    this.#setWake(null);
    await this.#pumping;
    for (const { stop } of this.#active.values()) stop();
    while (this.#active.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  async #pump(): Promise<void> {
    // In another turn than the transaction that may call.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#isAsked && !this.#isClosed) {
      this.#isAsked = false;
      try {
        // Nobody is told of what is not on the disk.
        await this.#options.database.durable();
        if (!this.#isClosed) this.#startDue();
      } catch (error) {
        this.#options.notice(`hooks wait: ${messageOf(error)}`);
        this.#setWake(this.#options.clock.wall().getTime() + PAUSE_MS);
      }
    }
  }

  #startDue(): void {
    const { database, clock } = this.#options;
    const now = clock.wall().getTime();
    let soonest: number | null = null;
    for (const next of nextDeliveries(database, LOOKED_AT)) {
      const { hook, executionId } = next.payload;
      const lane = `${hook} ${executionId}`;
      const due = next.nextAt === null ? now : Date.parse(next.nextAt);
      if (this.#active.has(lane) || this.#active.size >= MOST_AT_A_TIME) continue;
      if ([...this.#active.values()].filter((one) => one.hook === hook).length >= MOST_OF_ONE_HOOK) continue;
      // What is due later than any pause lasts was written by a clock that was set since.
      if (due <= now || due - now > LONGEST_DELAY_MS) this.#start(lane, next);
      else soonest = Math.min(due, soonest ?? due);
    }
    this.#setWake(soonest);
  }

  #start(lane: string, next: NextDelivery): void {
    let stop = (): void => undefined;
    let isStopped = false;
    this.#active.set(lane, {
      hook: next.payload.hook,
      stop: () => {
        isStopped = true;
        stop();
      },
    });
    const sending = async (): Promise<void> => {
      const found = await this.#options.hookOf(next.payload);
      if (isStopped) return;
      if ("problem" in found) {
        this.#record(next, 0, { kind: "failed", problem: found.problem, after: null, final: true });
        return;
      }
      const under = this.#options.send(found.hook, next.payload);
      stop = () => {
        under.stop();
      };
      const end = await under.result;
      if (!isStopped) this.#record(next, found.hook.maxAttempts, end);
    };
    void sending()
      .catch((error: unknown) => {
        this.#options.notice(`hook ${next.payload.hook}: ${messageOf(error)}`);
      })
      .finally(() => {
        this.#active.delete(lane);
        for (const resolve of this.#idle) resolve();
        this.#idle.clear();
        this.poke();
      });
  }

  #record({ payload: { key, hook }, attempts }: NextDelivery, maxAttempts: number, end: TryEnd): void {
    const { database, clock, notice } = this.#options;
    if (end.kind === "delivered") {
      deliveryDone(database, key, end.answer);
      return;
    }
    const delay = nextTry(attempts + 1, maxAttempts, end);
    const nextAt = delay === null ? null : new Date(clock.wall().getTime() + delay).toISOString();
    deliveryFailed(database, key, end.problem, nextAt);
    if (delay === null) notice(`hook ${hook} was given up (${key}): ${end.problem}`);
  }

  #setWake(at: number | null): void {
    if (this.#wake?.at === at) return;
    this.#wake?.cancel();
    this.#wake = null;
    if (at === null) return;
    const { clock } = this.#options;
    const timer = clock.after(Math.max(0, at - clock.wall().getTime()), () => {
      this.#wake = null;
      this.poke();
    });
    this.#wake = { at, cancel: () => timer.cancel() };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
