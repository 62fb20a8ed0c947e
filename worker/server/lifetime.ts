import type { Clock } from "../run/ports.ts";

/** Why the worker leaves. */
export type LeaveReason = "idle" | "drained" | "restored" | "signal" | "lost" | "bug";

export interface LifetimePorts {
  readonly clock: Pick<Clock, "after">;
  /** Connected clients. */
  clients(): number;
  /** Whether something runs or is due that must not be left. Waiting for a person does not count (semantics, Worker). */
  busy(): boolean;
  /** Called once. */
  leave(reason: LeaveReason): void;
}

/** How long the worker stays without clients and without anything to do. */
const IDLE_MS = 60_000;

/** Decides when the worker leaves. Call `changed` when it begins to serve, and whenever clients or what is busy may have changed. */
export class Lifetime {
  readonly #ports: LifetimePorts;
  #idle: { cancel(): void } | null = null;
  #draining = false;
  #left = false;

  constructor(ports: LifetimePorts) {
    this.#ports = ports;
  }

  get draining(): boolean {
    return this.#draining;
  }

  changed(): void {
    const busy = this.#ports.busy();
    if (this.#draining && !busy) this.leave("drained");
    if (this.#left || busy || this.#ports.clients() > 0) {
      this.#idle?.cancel();
      this.#idle = null;
    } else {
      this.#idle ??= this.#ports.clock.after(IDLE_MS, () => {
        this.leave("idle");
      });
    }
  }

  /** Leaves as soon as nothing runs, whether clients are connected or not. The answer to who asked goes out first. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    this.#ports.clock.after(0, () => {
      this.changed();
    });
  }

  leave(reason: LeaveReason): void {
    if (this.#left) return;
    this.#left = true;
    this.#idle?.cancel();
    this.#idle = null;
    this.#ports.leave(reason);
  }
}
