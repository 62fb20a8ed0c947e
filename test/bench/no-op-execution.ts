import { setImmediate as turn } from "node:timers/promises";
import type { EnginePlan, EventOf } from "../../schemas/event.ts";
import { LiveExecution } from "../../worker/run/live-execution.ts";
import type { AttemptStarter, Journal } from "../../worker/run/ports.ts";
import { systemClock } from "../../worker/run/system-clock.ts";
import { createdBody, enginePlan, engineStep } from "../support/engine-plans.ts";
import { PLAN_ID } from "../support/store.ts";
import { attemptEnd } from "../support/virtual-run.ts";

const DONE = attemptEnd();

/** An execution whose attempts do nothing and succeed: at once, or when what `onStart` has returned for them resolves. */
export function noOpExecution(
  journal: Journal,
  executionId: string,
  onStart: (event: EventOf<"attempt.started">) => Promise<void> | undefined = () => undefined,
): LiveExecution {
  const starter: AttemptStarter = {
    start: (event) => {
      const until = onStart(event);
      return { result: until?.then(() => DONE) ?? Promise.resolve(DONE), stop: () => undefined };
    },
  };
  const nothing = (): void => undefined;
  const shell = { specPath: "bench.spec.md", journal, starter, clock: systemClock };
  return new LiveExecution({ ...shell, executionId, onDurable: nothing, onStalled: nothing });
}

/** The whole way through the shell, from the creation to the end of the execution. Throws when a step was not completed. */
export async function execute(journal: Journal, executionId: string, plan: EnginePlan): Promise<void> {
  const execution = noOpExecution(journal, executionId);
  await begin(execution, plan);
  await execution.done;
  const { completed } = execution.view()?.progress ?? { completed: 0 };
  if (completed !== plan.steps.length) throw new Error(`${completed} of ${plan.steps.length} steps were completed`);
}

export async function begin(execution: LiveExecution, plan: EnginePlan): Promise<void> {
  await execution.begin({ ...createdBody(plan), planId: PLAN_ID });
}

/** Each step depends on the one before. */
export function chainPlan(count: number): EnginePlan {
  const steps = Array.from({ length: count }, (_, index) =>
    engineStep(`s${index}`, { dependencies: index === 0 ? [] : [`s${index - 1}`] }),
  );
  return enginePlan(steps, { maxConcurrent: 1 });
}

export function independentPlan(count: number, maxConcurrent: number): EnginePlan {
  return enginePlan(
    Array.from({ length: count }, (_, index) => engineStep(`s${index}`)),
    { maxConcurrent },
  );
}

/** Milliseconds. */
export async function elapsed(act: () => Promise<unknown>): Promise<number> {
  // What an earlier measurement has left behind for this turn is not counted.
  await turn();
  const start = performance.now();
  await act();
  return performance.now() - start;
}
