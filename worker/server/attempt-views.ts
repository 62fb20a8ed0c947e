import type { ExecutionEvent } from "../../schemas/event.ts";
import type { AttemptView } from "../../schemas/execution.ts";
import { fromMicros } from "../../schemas/money.ts";

/** The attempts of one step, oldest first, by its events and those of its execution's interruptions, in order. */
export function attemptsOf(events: readonly ExecutionEvent[]): AttemptView[] {
  const attempts = new Map<string, AttemptView>();
  for (const event of events) {
    if (event.type === "attempt.started") {
      const { attempt, agent, simulated, at: startedAt } = event;
      attempts.set(event.attemptId, { attempt, agent, simulated, startedAt, ...STILL_RUNNING });
    } else if (event.type === "attempt.finished") {
      const running = attempts.get(event.attemptId);
      if (!running) continue;
      const { outcome, failure, result, artifacts, duration, at: endedAt } = event;
      const costs = event.costs.map((cost) => ({
        ...cost,
        amount: cost.amount === null ? null : fromMicros(cost.amount),
      }));
      attempts.set(event.attemptId, { ...running, outcome, failure, result, artifacts, duration, endedAt, costs });
    } else if (event.type === "execution.interrupted") {
      for (const [id, running] of attempts) {
        if (running.outcome === null) attempts.set(id, { ...running, outcome: "interrupted", endedAt: event.at });
      }
    }
  }
  return [...attempts.values()];
}

const STILL_RUNNING = {
  endedAt: null,
  duration: null,
  outcome: null,
  failure: null,
  result: null,
  costs: [],
  artifacts: [],
} satisfies Partial<AttemptView>;
