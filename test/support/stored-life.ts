import assert from "node:assert/strict";
import type { EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { failure } from "../../schemas/failure.ts";
import { foldAll } from "../../worker/engine/fold.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";
import { interruptionOf } from "../../worker/run/interruption.ts";
import { LiveExecution } from "../../worker/run/live-execution.ts";
import type { AttemptStarter, Clock, Journal, RunningAttempt } from "../../worker/run/ports.ts";
import type { Database } from "../../worker/store/database.ts";
import { readEvents } from "../../worker/store/events.ts";
import { StoreJournal } from "../../worker/store/journal.ts";
import type { World } from "../simulation/world.ts";
import { createdBody } from "./engine-plans.ts";
import { FakeClock } from "./fake-clock.ts";
import { PLAN_ID } from "./store.ts";
import { attemptEnd } from "./virtual-run.ts";

const LONG_MS = 10 * 60_000;
/** Rounds of that length; an execution of a tame world is over long before. */
const ROUNDS = 200;

/** What is said of an event: it was handed to the store, or somebody was told that it has happened. */
export interface EventMark {
  readonly kind: "issued" | "acknowledged";
  readonly event: ExecutionEvent;
}

export interface LifeOptions {
  readonly executionId: string;
  readonly world: World;
  readonly onMark?: (mark: EventMark) => void;
  /** Called after every batch that has been told. */
  readonly onBatch?: (batches: number) => void;
}

/** Agents of a world, which do the same in every attempt of a step. */
export class WorldAgents implements AttemptStarter {
  readonly #world: World;
  readonly #clock: Clock;

  constructor(world: World, clock: Clock) {
    this.#world = world;
    this.#clock = clock;
  }

  start(event: EventOf<"attempt.started">): RunningAttempt {
    const deed = this.#world.agents[event.stepId]?.[0];
    const reason = deed?.outcome === "succeeded" ? null : failure(deed?.code ?? "crash", "broke");
    const end = attemptEnd({ outcome: reason ? "failed" : "succeeded", failure: reason });
    return {
      result: new Promise((resolve) => void this.#clock.after(deed?.duration ?? 1_000, () => resolve(end))),
      stop: () => undefined,
    };
  }
}

/**
 * One worker's life with an execution, in a real database: it begins it, or goes on with what it finds there, until it is over or the
 * record is lost. Rejects as the execution does.
 */
export async function liveInStore(database: Database, options: LifeOptions): Promise<void> {
  const { executionId, world, onMark } = options;
  const clock = new FakeClock();
  const stored = new StoreJournal(database);
  let writing: Promise<unknown> = Promise.resolve();
  const journal: Journal = {
    append: (id, events) => {
      for (const event of events) onMark?.({ kind: "issued", event });
      const append = stored.append(id, events);
      writing = append.catch(() => undefined);
      return append;
    },
  };
  let batches = 0;
  let stalled = false;
  const execution = new LiveExecution({
    executionId,
    specPath: "x.spec.md",
    journal,
    starter: new WorldAgents(world, clock),
    clock,
    onDurable: (events) => {
      for (const event of events) onMark?.({ kind: "acknowledged", event });
      batches += 1;
      options.onBatch?.(batches);
    },
    onStalled: (reason) => (stalled = reason !== null),
  });
  let over = false;
  execution.done.then(
    () => (over = true),
    () => (over = true),
  );
  const state = await interrupted(database, executionId, journal);
  if (state) {
    execution.takeUp(state);
    if (!state.finished) execution.command({ kind: "resume" }, "the next worker");
  } else await execution.begin({ ...createdBody(world.plan), planId: PLAN_ID });
  for (let rounds = 0; !over; rounds += 1) {
    assert.ok(rounds < ROUNDS, `it goes on until it is over${stalled ? ", and the record cannot be written" : ""}`);
    if (state?.finished) return;
    await clock.advance(LONG_MS);
    await writing;
  }
  await execution.done;
}

/** What the next worker finds; it marks the interruption before it goes on. */
async function interrupted(database: Database, executionId: string, journal: Journal): Promise<ExecutionState | null> {
  const state = foldAll(readEvents(database, executionId));
  const bodies = state ? interruptionOf(state, "the worker is gone") : [];
  if (!state || bodies.length === 0) return state;
  const at = "2026-01-01T00:00:00.000Z";
  const stamp = { v: 1, executionId, at, t: state.t } as const;
  const events = bodies.map((body, index): ExecutionEvent => ({ ...stamp, seq: state.seq + 1 + index, ...body }));
  await journal.append(executionId, events);
  return foldAll(readEvents(database, executionId));
}

/** How every step of an execution has ended, by its record. */
export function endsOf(database: Database, executionId: string): unknown {
  const state = foldAll(readEvents(database, executionId));
  return state?.steps.map(({ phase }) => (phase.kind === "ended" ? phase.status : phase.kind));
}
