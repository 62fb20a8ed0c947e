import type { LinkClock } from "./clock.ts";

export interface HeartbeatPorts {
  readonly clock: LinkClock;
  /** Asks the worker something small. A rejection counts as an answer: what is closed tells so by itself. */
  ask(): Promise<void>;
  /** Called once; then the heartbeat has stopped. */
  onHung(): void;
  /** How long nothing may come before the worker counts as hung, in milliseconds; null: for ever. */
  readonly hungAfterMs: number | null;
}

/** How often the worker is asked. */
const EVERY_MS = 10_000;
/** A turn that comes later than this was slept through, or this process was stopped: it says nothing about the worker. */
const LATE_MS = EVERY_MS * 1.5;

/**
 * Notices a worker whose connection is open and that does not answer. Only time counts during which this process was awake and on
 * time itself, so that a sleep of the machine, a debugger or a clock that jumps is not taken for a silence of the worker.
 */
export class Heartbeat {
  readonly #ports: HeartbeatPorts;
  #timer: { cancel(): void } | null = null;
  #turnedAt: number;
  #asked = false;
  #silentMs = 0;

  constructor(ports: HeartbeatPorts) {
    this.#ports = ports;
    this.#turnedAt = ports.clock.monotonic();
    this.#ask();
    this.#wait();
  }

  /** Something came from the worker. */
  heard(): void {
    this.#silentMs = 0;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #wait(): void {
    this.#timer = this.#ports.clock.after(EVERY_MS, () => {
      this.#turn();
    });
  }

  #turn(): void {
    const { clock, hungAfterMs, onHung } = this.#ports;
    const now = clock.monotonic();
    const passed = now - this.#turnedAt;
    this.#turnedAt = now;
    if (!this.#asked || passed > LATE_MS) this.#silentMs = 0;
    else this.#silentMs += passed;
    if (hungAfterMs !== null && this.#silentMs >= hungAfterMs) {
      this.stop();
      onHung();
      return;
    }
    if (!this.#asked) this.#ask();
    this.#wait();
  }

  #ask(): void {
    this.#asked = true;
    const heard = (): void => {
      this.#asked = false;
      this.#silentMs = 0;
    };
    this.#ports.ask().then(heard, heard);
  }
}
