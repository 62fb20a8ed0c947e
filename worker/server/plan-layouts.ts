import { once } from "node:events";
import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { z } from "zod";
import { throwFailure } from "../../schemas/failure.ts";
import { PlanLayout } from "../../schemas/plan-layout.ts";
import type { Plan } from "../../schemas/plan.ts";
import type { Drawing } from "../plan/layout.ts";

export const LayoutRequest = z.object({
  steps: z.array(z.object({ id: z.string(), dependencies: z.array(z.string()) })),
  direction: PlanLayout.shape.direction,
});
export type LayoutRequest = z.infer<typeof LayoutRequest>;

/** What the thread answers; null: there is too much to draw. */
const LayoutAnswer = z.object({
  drawing: PlanLayout.pick({ width: true, height: true, nodes: true, edges: true }).nullable(),
});
export type LayoutAnswer = z.infer<typeof LayoutAnswer>;

/** A drawing of more steps shows nothing that anybody can see. */
const MOST_STEPS = 3_000;
const MOST_KEPT = 8;

interface Job {
  readonly drawing: Promise<Drawing | null>;
  readonly stop: AbortController;
  /** Callers that are still there. */
  waiting: number;
  isDone: boolean;
}

/** Draws in a thread of its own. Aborted, it ends the thread and rejects. */
export type Draw = (request: LayoutRequest, signal: AbortSignal) => Promise<Drawing | null>;

/**
 * Drawings of plans, one at a time in a thread, which lives only as long as it draws. The newest few are kept, by what the plan's
 * hash covers. One that nobody waits for any more, because the connections are closed, is given up.
 */
export class PlanLayouts {
  readonly #draw: Draw;
  readonly #jobs = new Map<string, Job>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(draw: Draw = drawInThread) {
    this.#draw = draw;
  }

  /** Throws FailureError `bad_request` for a plan that is too large to be drawn. */
  async of(plan: Plan, direction: PlanLayout["direction"], signal: AbortSignal): Promise<PlanLayout> {
    const { planId, hash, steps } = plan;
    if (steps.length > MOST_STEPS) {
      throwFailure(
        "bad_request",
        `a drawing shows at most ${MOST_STEPS} steps, and this plan has ${steps.length}: use the list`,
      );
    }
    const key = `${hash} ${direction}`;
    const job = this.#jobs.get(key) ?? this.#begin(key, { steps: steps.map(essence), direction });
    // The newest ones are at the end.
    this.#jobs.delete(key);
    this.#jobs.set(key, job);
    this.#forgetOldest();
    const drawing = await this.#waitFor(key, job, signal);
    if (!drawing) throwFailure("bad_request", "this plan has more dependencies than a drawing can show: use the list");
    return { planId, direction, ...drawing };
  }

  /** Gives up what is being drawn. */
  close(): void {
    for (const { stop } of this.#jobs.values()) stop.abort();
    this.#jobs.clear();
  }

  #begin(key: string, request: LayoutRequest): Job {
    const stop = new AbortController();
    const drawing = this.#last.then(() => {
      stop.signal.throwIfAborted();
      return this.#draw(request, stop.signal);
    });
    const job: Job = { drawing, stop, waiting: 0, isDone: false };
    this.#last = drawing.then(
      () => {
        job.isDone = true;
      },
      () => {
        // What failed is tried anew by whoever asks next.
        if (this.#jobs.get(key) === job) this.#jobs.delete(key);
      },
    );
    return job;
  }

  async #waitFor(key: string, job: Job, signal: AbortSignal): Promise<Drawing | null> {
    const leave = (): void => {
      job.waiting -= 1;
      if (job.waiting > 0 || job.isDone) return;
      if (this.#jobs.get(key) === job) this.#jobs.delete(key);
      job.stop.abort();
    };
    job.waiting += 1;
    signal.addEventListener("abort", leave, { once: true });
    try {
      if (signal.aborted) leave();
      return await job.drawing;
    } catch (error) {
      if (job.stop.signal.aborted) throwFailure("cancelled", "the drawing was given up: nobody waits for it any more");
      throw error;
    } finally {
      signal.removeEventListener("abort", leave);
      if (!signal.aborted) job.waiting -= 1;
    }
  }

  #forgetOldest(): void {
    for (const [key, { isDone }] of this.#jobs) {
      if (this.#jobs.size <= MOST_KEPT) return;
      if (isDone) this.#jobs.delete(key);
    }
  }
}

function essence({ id, dependencies }: Plan["steps"][number]): LayoutRequest["steps"][number] {
  return { id, dependencies };
}

async function drawInThread(request: LayoutRequest, signal: AbortSignal): Promise<Drawing | null> {
  const thread = new Worker(threadFile(), { workerData: request, execArgv: [] });
  try {
    const messages: unknown[] = await once(thread, "message", { signal });
    return LayoutAnswer.parse(messages[0]).drawing;
  } finally {
    await thread.terminate();
  }
}

/** The build makes a file of its own of the thread, beside the bundle. */
function threadFile(): URL {
  const built = new URL("./layout-thread.mjs", import.meta.url);
  return existsSync(built) ? built : new URL("./layout-thread.ts", import.meta.url);
}
