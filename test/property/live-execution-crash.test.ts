import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { ExecutionEvent, type EventOf } from "../../schemas/event.ts";
import { foldAll } from "../../worker/engine/fold.ts";
import type { ExecutionState } from "../../worker/engine/state.ts";
import { interruptionOf } from "../../worker/run/interruption.ts";
import { LiveExecution } from "../../worker/run/live-execution.ts";
import type { AttemptStarter, Journal, RunningAttempt } from "../../worker/run/ports.ts";
import { confluentWorld } from "../simulation/confluent-world.ts";
import type { World } from "../simulation/world.ts";
import { createdBody } from "../support/engine-plans.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { failure } from "../../schemas/failure.ts";
import { attemptEnd } from "../support/virtual-run.ts";

const EXECUTION = "run-1";
const LONG_MS = 10 * 60_000;

/** The worker dies during one of its writes: that write became durable or not, and nobody is told. */
interface Death {
  readonly append: number;
  readonly isDurable: boolean;
}

/** What the disk holds, over the lives of several workers. */
class Disk {
  readonly lines: string[] = [];

  get events(): ExecutionEvent[] {
    return this.lines.map((line) => ExecutionEvent.parse(JSON.parse(line)));
  }
}

/** A journal on that disk, for one worker that may die at a write. */
class DyingJournal implements Journal {
  isDead = false;
  readonly #disk: Disk;
  readonly #death: Death | null;
  #appends = 0;

  constructor(disk: Disk, death: Death | null) {
    this.#disk = disk;
    this.#death = death;
  }

  async append(_executionId: string, events: readonly ExecutionEvent[]): Promise<void> {
    this.#appends += 1;
    const isLast = this.#death?.append === this.#appends;
    if (this.isDead || isLast) this.isDead = true;
    const isKept = isLast ? this.#death.isDurable : !this.isDead;
    if (isKept) this.#disk.lines.push(...events.map((event) => JSON.stringify(event)));
    // A dead worker hears of nothing any more.
    if (this.isDead) await new Promise<void>(() => undefined);
  }
}

/** Agents of a world, which hold against every start that it is on the disk. */
class WorldStarter implements AttemptStarter {
  readonly #world: World;
  readonly #clock: FakeClock;
  readonly #disk: Disk;

  constructor(world: World, clock: FakeClock, disk: Disk) {
    this.#world = world;
    this.#clock = clock;
    this.#disk = disk;
  }

  start(event: EventOf<"attempt.started">): RunningAttempt {
    const isStored = this.#disk.events.some((one) => isDeepStrictEqual(one, event));
    assert.ok(isStored, `${event.attemptId} is begun and its start is not durable`);
    const deed = this.#world.agents[event.stepId]?.[0];
    const reason = deed?.outcome === "succeeded" ? null : failure(deed?.code ?? "crash", "broke");
    const end = attemptEnd({ outcome: reason ? "failed" : "succeeded", failure: reason });
    return {
      result: new Promise((resolve) => void this.#clock.after(deed?.duration ?? 1_000, () => resolve(end))),
      stop: () => undefined,
    };
  }
}

/** One worker's life with the execution: until it is over or the worker dies. Returns what it has told others. */
async function live(world: World, disk: Disk, death: Death | null): Promise<ExecutionEvent[]> {
  const clock = new FakeClock();
  const journal = new DyingJournal(disk, death);
  const told: ExecutionEvent[] = [];
  const execution = new LiveExecution({
    executionId: EXECUTION,
    specPath: "x.spec.md",
    journal,
    starter: new WorldStarter(world, clock, disk),
    clock,
    onDurable: (events) => void told.push(...events),
    onStalled: () => undefined,
  });
  const state = recovered(disk);
  if (state) {
    execution.takeUp(state);
    execution.command({ kind: "resume" }, "the next worker");
  } else {
    execution.begin(createdBody(world.plan)).catch(() => undefined);
  }
  for (let rounds = 0; rounds < 200 && !journal.isDead && !execution.hasFinished; rounds += 1)
    await clock.advance(LONG_MS);
  assert.ok(journal.isDead || execution.hasFinished, "it goes on until it is over");
  return told;
}

/** What the next worker finds; it marks the interruption before it goes on. */
function recovered(disk: Disk): ExecutionState | null {
  const state = foldAll(disk.events);
  const bodies = state ? interruptionOf(state, "the worker is gone") : [];
  if (!state) return state;
  const stamp = { v: 1, executionId: EXECUTION, at: "2026-01-01T00:00:00.000Z", t: state.t } as const;
  for (const [index, body] of bodies.entries())
    disk.lines.push(JSON.stringify({ ...stamp, seq: state.seq + 1 + index, ...body }));
  return foldAll(disk.events);
}

function ends(disk: Disk): unknown {
  return foldAll(disk.events)?.steps.map(({ phase }) => (phase.kind === "ended" ? phase.status : phase.kind));
}

describe("fault 1: an execution whose worker dies during any write", () => {
  const deaths = fc.array(fc.record({ append: fc.integer({ min: 1, max: 12 }), isDurable: fc.boolean() }), {
    minLength: 1,
    maxLength: 3,
  });

  it("5: what anybody was told is on the disk, no agent was begun before its start was, and the next workers bring it to the same end", async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(fc.nat(), deaths, async (seed, schedule) => {
        const world = confluentWorld(seed);
        const calm = new Disk();
        await live(world, calm, null);
        const disk = new Disk();
        for (const death of [...schedule, null]) {
          const told = await live(world, disk, death);
          const stored = disk.events;
          for (const event of told) assert.deepEqual(stored[event.seq - 1], event, "what was told is on the disk");
          stored.forEach(({ seq }, index) => assert.equal(seq, index + 1, "the record has no gap"));
          if (stored.at(-1)?.type === "execution.finished") break;
        }
        assert.deepEqual(ends(disk), ends(calm));
        const finished = disk.events.filter(({ type }) => type === "execution.finished");
        assert.equal(finished.length, 1);
      }),
      { numRuns: 200 },
    );
  });
});
