import { ENGINE, type Engine } from "./engine.ts";
import { worldOf } from "./random-world.ts";
import { Simulation } from "./simulation.ts";
import { Violation } from "./violation.ts";

/** What many simulated executions came to. */
export interface Batch {
  executions: number;
  events: number;
  /** How often what occurred. */
  coverage: Map<string, number>;
  broken: { readonly seed: number; readonly violation: Violation } | null;
}

/** Runs the worlds of the seeds `first`, `first + stride`, … until `isEnough` or until a promise is broken. */
export function runBatch(
  first: number,
  isEnough: (batch: Batch) => boolean,
  { engine = ENGINE, stride = 1, seesState = true }: { engine?: Engine; stride?: number; seesState?: boolean } = {},
): Batch {
  const batch: Batch = { executions: 0, events: 0, coverage: new Map(), broken: null };
  for (let seed = first; !isEnough(batch); seed += stride) {
    const simulation = new Simulation(worldOf(seed), { engine, seesState, coverage: batch.coverage });
    try {
      simulation.run();
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      batch.broken = { seed, violation: error };
    }
    batch.executions += 1;
    batch.events += simulation.recorded;
    if (batch.broken) break;
  }
  return batch;
}
