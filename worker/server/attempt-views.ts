import type { CostEntry, ExecutionEvent } from "../../schemas/event.ts";
import type { AttemptView } from "../../schemas/execution.ts";
import { fromMicros } from "../../schemas/money.ts";

/** The newest; the log has all of them. */
const MOST_REFUSED = 100;

/** The attempts of one step, oldest first, by its events and those of its execution's interruptions, in order. */
export function attemptsOf(events: readonly ExecutionEvent[]): AttemptView[] {
  const attempts = new Map<string, AttemptView>();
  const sums = new Map<string, CostSums>();
  const sumsOf = (attemptId: string): CostSums => {
    const known = sums.get(attemptId) ?? new CostSums();
    sums.set(attemptId, known);
    return known;
  };
  for (const event of events) {
    if (event.type === "attempt.started") {
      const { attempt, agent, simulated, at: startedAt } = event;
      attempts.set(event.attemptId, { attempt, agent, simulated, startedAt, ...STILL_RUNNING });
    } else if (event.type === "attempt.reported") {
      const running = attempts.get(event.attemptId);
      if (!running) continue;
      const refused = [...running.refused, ...event.refused].slice(-MOST_REFUSED);
      attempts.set(event.attemptId, { ...running, costs: sumsOf(event.attemptId).add(event.costs).all, refused });
    } else if (event.type === "attempt.finished") {
      const running = attempts.get(event.attemptId);
      if (!running) continue;
      const { outcome, failure, result, artifacts, duration, at: endedAt } = event;
      const costs = sumsOf(event.attemptId).add(event.costs).all;
      attempts.set(event.attemptId, { ...running, outcome, failure, result, artifacts, duration, endedAt, costs });
    } else if (event.type === "execution.interrupted") {
      for (const [id, running] of attempts) {
        if (running.outcome === null) attempts.set(id, { ...running, outcome: "interrupted", endedAt: event.at });
      }
    }
  }
  return [...attempts.values()];
}

/** An agent may report a hundred times: what comes from the same place and is as sure is one amount. */
class CostSums {
  readonly #entries = new Map<string, CostEntry>();

  add(costs: readonly CostEntry[]): this {
    for (const cost of costs) {
      const key = JSON.stringify([cost.amount === null, cost.currency, cost.certainty, cost.service]);
      const before = this.#entries.get(key)?.amount ?? 0;
      this.#entries.set(key, { ...cost, amount: cost.amount === null ? null : before + cost.amount });
    }
    return this;
  }

  get all(): AttemptView["costs"] {
    return [...this.#entries.values()].map(({ amount, currency, certainty, service }) => {
      return { amount: amount === null ? null : fromMicros(amount), currency, certainty, service };
    });
  }
}

const STILL_RUNNING = {
  endedAt: null,
  duration: null,
  outcome: null,
  failure: null,
  result: null,
  costs: [],
  refused: [],
  artifacts: [],
} satisfies Partial<AttemptView>;
