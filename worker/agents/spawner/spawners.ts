import type { StartRequest } from "./messages.ts";
import type { Spawner } from "./spawner.ts";
import type { Start } from "./started-process.ts";

/** While one forks it waits for the new program, which runs on another core. */
const MOST = 2;
/** Nothing to start for so long: they end, and come again with the next command. */
const IDLE_MS = 60_000;
/** When none can be had, the next try comes not before. */
const RETRY_MS = 60_000;

/** The spawners of this process: none before the first command, one more when those that are there are busy. */
export class Spawners {
  readonly #begin: () => Promise<Spawner | null>;
  #all: Spawner[] = [];
  #coming: Promise<void> | null = null;
  #notBefore = -Infinity;
  #idle: NodeJS.Timeout | null = null;

  constructor(begin: () => Promise<Spawner | null>) {
    this.#begin = begin;
  }

  /** Null: none is ready, and nothing was started. Nobody waits for one to come. */
  async start(request: StartRequest): Promise<Start | null> {
    const [free] = this.#there().toSorted((one, other) => one.waiting - other.waiting);
    if (!free || free.waiting > 0) this.#grow();
    this.#wait();
    return free ? free.start(request) : null;
  }

  /** When one more is ready, or there are enough, or none can be had at present. */
  ready(): Promise<void> {
    this.#grow();
    return this.#coming ?? Promise.resolve();
  }

  #grow(): void {
    if (this.#there().length < MOST && performance.now() >= this.#notBefore) this.#coming ??= this.#add();
  }

  #there(): readonly Spawner[] {
    this.#all = this.#all.filter(({ isGone }) => !isGone);
    return this.#all;
  }

  async #add(): Promise<void> {
    const spawner = await this.#begin();
    if (spawner) this.#all.push(spawner);
    else this.#notBefore = performance.now() + RETRY_MS;
    this.#coming = null;
  }

  /** Ends those that have nothing to do when nothing has been started for a while. */
  #wait(): void {
    if (this.#idle) this.#idle.refresh();
    else this.#idle = setTimeout(() => this.#endIdle(), IDLE_MS).unref();
  }

  #endIdle(): void {
    for (const spawner of this.#all) if (spawner.running === 0) spawner.close();
    this.#idle = null;
    if (this.#there().length > 0) this.#wait();
  }
}
