import fc from "fast-check";
import { AnyWorld } from "./any-world.ts";
import { ENGINE, type Engine } from "./engine.ts";
import { Simulation } from "./simulation.ts";
import { Violation } from "./violation.ts";
import { encodeWorld, type World } from "./world.ts";

const ROUNDS_AT_MOST = 3_000;

/** Runs a world. The promise that was broken, or null. */
export function violationOf(world: World, engine: Engine = ENGINE): Violation | null {
  try {
    new Simulation(world, { engine }).run();
    return null;
  } catch (error) {
    if (error instanceof Violation) return error;
    throw error;
  }
}

/** A smaller world in which the same promise is broken, found by fast-check. */
export function shrunk(world: World, engine: Engine = ENGINE): World {
  const rule = violationOf(world, engine)?.rule;
  let rounds = 0;
  const property = fc.property(new AnyWorld(), (one) => {
    rounds += 1;
    const isSame = rounds < ROUNDS_AT_MOST && violationOf(one, engine)?.rule === rule;
    return !isSame;
  });
  const { counterexample } = fc.check(property, { examples: [[world]], numRuns: 1 });
  return counterexample?.[0] ?? world;
}

/** The world, and what happened in it, line by line; the broken promise at the end. */
export function storyOf(world: World, engine: Engine = ENGINE): string[] {
  const { plan } = world;
  const { timeout, maxConcurrent, agentLimits, pools, budget, limits } = plan;
  const lines = [`${maxConcurrent} at a time; ${JSON.stringify({ timeout, agentLimits, pools, budget })}`];
  for (const limit of limits) lines.push(`  ${JSON.stringify(limit)}`);
  for (const { id, title, retry, duration, capability, ...step } of plan.steps) {
    const told = Object.entries(step).filter(([, value]) => isTold(value));
    const attempts = `${retry.maxAttempts} attempts, delays ${retry.base} to ${retry.cap} ms after ${retry.retryOn.join()}`;
    lines.push(`  ${id}: ${told.map(([name, value]) => `${name} ${String(value)}`).join(", ")}; ${attempts}`);
  }
  for (const one of world.others) lines.push(`another execution holds ${JSON.stringify(one)}`);
  try {
    new Simulation(world, { engine, tell: (line) => void lines.push(line) }).run();
    lines.push("Everything held.");
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    lines.push(`Broken: ${error.message}`);
    if (error.cause instanceof Error) lines.push(error.cause.stack ?? error.cause.message);
  }
  return lines;
}

function isTold(value: unknown): boolean {
  return value !== null && value !== false && value !== 0 && !(Array.isArray(value) && value.length === 0);
}

/** What a person needs of a broken promise: the seed, the smallest world found, how to see it again. */
export function reportOf(world: World, engine: Engine = ENGINE): string[] {
  const small = shrunk(world, engine);
  return [
    `Seed ${world.seed}: ${violationOf(world, engine)?.message}`,
    "",
    `The smallest world found in which it happens (${small.plan.steps.length} steps):`,
    ...storyOf(small, engine),
    "",
    `All of it:     npm run simulate -- --replay ${world.seed}`,
    `The small one: npm run simulate -- --replay ${encodeWorld(small)}`,
  ];
}
