import { runBatch } from "../simulation/batch.ts";
import { Simulation } from "../simulation/simulation.ts";
import type { World } from "../simulation/world.ts";
import { layeredPlan } from "../support/engine-plans.ts";
import { median, type BenchResult } from "./result.ts";

const STEPS = 1_000;
const WIDTH = 50;
const RUNS = 41;
const CRASHES = [400, 1_000, 1_600, 2_200, 2_800];
const EVENTS = 1_000_000;

/** A thousand steps, and a worker that dies five times. */
const WORLD: World = {
  // A seed whose whole states are not compared at the end: that is for small worlds.
  seed: 2,
  plan: layeredPlan(STEPS, WIDTH, 16),
  agents: {},
  happenings: [],
  crashes: CRASHES.map((event) => ({ event, survives: 0.5, downtime: 1_000, late: 100 })),
  replies: [],
  others: [],
  latency: 0,
};

/** Figure 1 of the engine: the simulated world, with every check. One core. */
export async function run(): Promise<BenchResult[]> {
  return [thousandSteps(), millionEvents()];
}

function thousandSteps(): BenchResult {
  const times = Array.from({ length: RUNS }, () => {
    const simulation = new Simulation(WORLD, { isThorough: false });
    const started = performance.now();
    simulation.run();
    return performance.now() - started;
  });
  const figure = median(times);
  return {
    name: "simulated execution, 1,000 steps, 5 crashes",
    ours: figure,
    peer: null,
    unit: "ms",
    ratio: null,
    limit: "<= 50 ms",
    pass: figure <= 50,
    note: `every event checked, whole states not compared; median of ${RUNS}, first ${times[0]?.toFixed(0)} ms`,
  };
}

function millionEvents(): BenchResult {
  const started = performance.now();
  const batch = runBatch(1, ({ events }) => events >= EVENTS);
  const figure = (performance.now() - started) / 1_000;
  return {
    name: "1,000,000 simulated events",
    ours: figure,
    peer: null,
    unit: "s",
    ratio: null,
    limit: "<= 20 s",
    pass: figure <= 20 && batch.broken === null,
    note: `${batch.executions.toLocaleString("en-US")} random executions, every invariant checked, one core`,
  };
}
