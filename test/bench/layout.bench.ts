import type { Plan } from "../../schemas/plan.ts";
import { layOut, type DrawnStep } from "../../worker/plan/layout.ts";
import { PlanLayouts } from "../../worker/server/plan-layouts.ts";
import { planOf } from "../support/planning.ts";
import { seeded } from "../support/random-runs.ts";
import { median, type BenchResult } from "./result.ts";

const STEPS = 1_000;
const EDGES = 2_850;
const LIMIT_MS = 2_000;
const RUNS = 5;

/** A plan of 1,000 steps with 2,850 lines to draw, from the request to the drawing, the start of the thread included. */
export async function run(): Promise<BenchResult[]> {
  const plan = largePlan();
  const times: number[] = [];
  const size = { width: 0, height: 0 };
  for (let turn = 0; turn < RUNS; turn += 1) {
    const start = performance.now();
    // A new one each time: it keeps what it has drawn.
    const { nodes, edges, width, height } = await new PlanLayouts().of(plan, "right", new AbortController().signal);
    times.push(performance.now() - start);
    Object.assign(size, { width, height });
    if (nodes.length !== STEPS || edges.length < EDGES) throw new Error("the drawing is not what was expected");
  }
  const ours = Math.max(...times);
  return [
    {
      name: "layout of 1,000 steps, 2,850 lines",
      ours,
      peer: null,
      unit: "ms",
      ratio: null,
      limit: `<= ${LIMIT_MS} ms`,
      pass: ours <= LIMIT_MS,
      note: `slowest of ${RUNS}, each in a new thread with code not yet compiled, median ${median(times).toFixed(0)} ms; ${size.width} x ${size.height}`,
    },
  ];
}

/** Adds dependencies until as many lines as wanted are drawn, because those that others imply are not. */
function largePlan(): Plan {
  const plan = planOf("# T\n- [ ] A\n  - command: x\n");
  const [first] = plan.steps;
  if (!first) throw new Error("the plan has no step");
  const steps = Array.from({ length: STEPS }, (_, index) => ({ id: `s${index}`, dependencies: new Set<string>() }));
  const next = seeded(1);
  const asDrawn = (): DrawnStep[] => steps.map(({ id, dependencies }) => ({ id, dependencies: [...dependencies] }));
  while ((layOut(asDrawn(), "right")?.edges.length ?? 0) < EDGES) {
    for (let added = 0; added < 500; added += 1) {
      const to = 1 + Math.floor(next() * (STEPS - 1));
      const from = Math.max(0, to - 1 - Math.floor(next() * 150));
      steps[to]?.dependencies.add(`s${from}`);
    }
  }
  return {
    ...plan,
    steps: asDrawn().map(({ id, dependencies }) => ({ ...first, id, dependencies: [...dependencies] })),
  };
}
