import { parentPort } from "node:worker_threads";
import type { Calibration } from "../../../schemas/calibration.ts";
import { parseSpec } from "../../spec/parse.ts";
import { planFacts } from "../../lint/plan-facts.ts";
import type { ThreadAnswer, ThreadRequest } from "./planner.ts";

/** Entry of the thread that plans large texts. One answer a request, in order. */
parentPort?.on("message", (request: ThreadRequest) => {
  parentPort?.postMessage(answer(request));
});

function answer({ id, text, specPath, options, agents, history, budget, roles }: ThreadRequest): ThreadAnswer {
  try {
    const known = history && new Map(history.map(({ key, calibration }) => [key, calibration]));
    const facts = planFacts({
      spec: parseSpec(text, specPath, options),
      specPath,
      agents,
      budget,
      ...(roles ? { roles } : {}),
      history: known && ((...key) => known.get(JSON.stringify(key)) ?? NOTHING),
    });
    return { id, facts, problem: null };
  } catch (error) {
    return { id, facts: null, problem: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

const NO_RUNS = { typical: null, high: null, runs: 0, needed: 0 };
const NOTHING: Calibration = { cost: NO_RUNS, duration: NO_RUNS };
