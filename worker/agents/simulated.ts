import { createHash } from "node:crypto";
import { formatDuration } from "../../schemas/duration.ts";
import { failure } from "../../schemas/failure.ts";
import type { Adapter, AdapterEnd, AgentClock, AttemptContext, AttemptSink } from "./adapter.ts";
import { stoppable, type Stops } from "./stoppable.ts";

/**
 * Waits and makes up a result (catalogue D4). Delay and fault follow from the definition's seed and the attempt's id alone, so
 * that the same attempt always goes the same way. Costs nothing.
 */
export function simulatedAdapter(clock: AgentClock): Adapter {
  return { start: (context, sink) => stoppable((stops) => simulate(context, sink, clock, stops)) };
}

async function simulate(
  context: AttemptContext,
  sink: AttemptSink,
  clock: AgentClock,
  stops: Stops,
): Promise<AdapterEnd> {
  const { adapter } = context.agent;
  // A person may simulate any step; an agent of another kind has no figures for it.
  const figures =
    adapter.kind === "simulated" ? adapter : { seed: 1, minDelay: 1_000, maxDelay: 5_000, failureRate: 0 };
  const [first, second] = chances(figures.seed, context.attemptId);
  const span = Math.max(0, figures.maxDelay - figures.minDelay);
  const delay = Math.round(figures.minDelay + first * span);
  sink.log("info", `simulated: nothing is run; waits ${formatDuration(delay)}`);
  await waitFor(delay, clock, stops.signal);
  if (stops.isStopped) return { outcome: "cancelled", failure: null, end: null, costs: [] };
  if (second >= figures.failureRate) return { outcome: "succeeded", failure: null, end: null, costs: [] };
  const reason = failure(
    "agent_error",
    `simulated failure: agent "${context.agent.id}" fails at a rate of ${figures.failureRate}`,
  );
  return { outcome: "failed", failure: reason, end: null, costs: [] };
}

/** Two numbers from 0 up to 1, spread evenly by a hash. */
function chances(seed: number, attemptId: string): [number, number] {
  const digest = createHash("sha256").update(`${seed}\0${attemptId}`).digest();
  return [digest.readUInt32BE(0) / 2 ** 32, digest.readUInt32BE(4) / 2 ** 32];
}

function waitFor(delay: number, clock: AgentClock, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = clock.after(delay, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    const stop = (): void => {
      timer.cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
