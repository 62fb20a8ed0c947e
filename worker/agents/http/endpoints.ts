import type { AgentClock } from "../adapter.ts";

/** For this long an address that could not be reached comes last. */
const AVOIDED_MS = 30_000;

/** Which of an agent's addresses is asked next (catalogue D7): one after the other, those that were not reached lately last. */
export class Endpoints {
  readonly #clock: Pick<AgentClock, "monotonic">;
  /** When an address may come first again. */
  readonly #avoided = new Map<string, number>();
  readonly #turns = new Map<string, number>();

  constructor(clock: Pick<AgentClock, "monotonic">) {
    this.#clock = clock;
  }

  /** All addresses, in the order in which they are tried. */
  order(agentId: string, urls: readonly string[]): string[] {
    const turn = this.#turns.get(agentId) ?? 0;
    this.#turns.set(agentId, turn + 1);
    const from = turn % Math.max(1, urls.length);
    const round = [...urls.slice(from), ...urls.slice(0, from)];
    const now = this.#clock.monotonic();
    const isAvoided = (url: string): boolean => (this.#avoided.get(url) ?? -Infinity) > now;
    return [...round.filter((url) => !isAvoided(url)), ...round.filter(isAvoided)];
  }

  failed(url: string): void {
    this.#avoided.set(url, this.#clock.monotonic() + AVOIDED_MS);
  }

  answered(url: string): void {
    this.#avoided.delete(url);
  }
}
