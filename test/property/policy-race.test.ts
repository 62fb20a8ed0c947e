import assert from "node:assert/strict";
import fc from "fast-check";
import type { CostEntry, EventOf, ExecutionEvent } from "../../schemas/event.ts";
import { toMicros, type Micros } from "../../schemas/money.ts";
import { foldAll } from "../../worker/engine/fold.ts";
import type { AttemptEnd } from "../../worker/engine/answer.ts";
import { Executions } from "../../worker/run/executions.ts";
import type { AttemptSupport, RunningAttempt } from "../../worker/run/ports.ts";
import { FakeClock, quiet } from "../support/fake-clock.ts";
import { MemoryJournal } from "../support/live-run.ts";
import { planOf } from "../support/planning.ts";
import { attemptEnd } from "../support/virtual-run.ts";

/** What an agent does with its attempt: shares of what was set aside for it, said on the way and at the end. Null: not known. */
interface Deed {
  readonly duration: number;
  readonly said: number;
  readonly last: number | null;
}

const deed: fc.Arbitrary<Deed> = fc.record({
  duration: fc.integer({ min: 1, max: 3_000 }),
  said: fc.constantFrom(0, 0.1, 0.5),
  last: fc.option(fc.constantFrom(0, 0.3, 0.5), { freq: 5 }),
});

/** Costs of the steps of one execution, in hundredths, and when it starts. */
const execution = fc.record({
  costs: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 12 }),
  delay: fc.integer({ min: 0, max: 2_000 }),
  environment: fc.constantFrom("", "dev", "prod"),
});

interface World {
  readonly executions: readonly {
    readonly costs: readonly number[];
    readonly delay: number;
    readonly environment: string;
  }[];
  readonly deeds: readonly Deed[];
  readonly total: number;
  readonly ofProd: number;
  readonly mode: string;
}

const world: fc.Arbitrary<World> = fc.record({
  executions: fc.array(execution, { minLength: 2, maxLength: 5 }),
  deeds: fc.array(deed, { minLength: 1, maxLength: 20 }),
  total: fc.integer({ min: 50, max: 1_000 }),
  ofProd: fc.integer({ min: 20, max: 500 }),
  mode: fc.constantFrom("enforce", "approve"),
});

/** Runs all executions of a world in one folder; the merged log, in which nothing is held back. */
async function race({ executions, deeds, total, ofProd, mode }: World): Promise<ExecutionEvent[]> {
  const clock = new FakeClock();
  const journal = new MemoryJournal();
  const budget = {
    policies: [
      {
        id: "all",
        limits: { total: total / 100, duration: "24h", perAgent: { shell: total / 120 } },
        enforcement: { mode },
      },
      { id: "prod", environment: "prod", limits: { total: ofProd / 100, duration: "day" }, enforcement: { mode } },
    ],
  };
  let starts = 0;
  const start = (event: EventOf<"attempt.started">, { report }: AttemptSupport): RunningAttempt => {
    const { duration, said, last } = deeds[(starts += 1) % deeds.length] ?? { duration: 1, said: 0, last: 0 };
    const share = (part: number): Micros => Math.floor(event.reserved * part);
    const cost = (amount: Micros | null): CostEntry => {
      return { amount, currency: "USD", certainty: amount === null ? "unknown" : "measured", service: "shell" };
    };
    if (said > 0) clock.after(duration / 2, () => report({ costs: [cost(share(said))], refused: [] }));
    const result = new Promise<AttemptEnd>((resolve) => {
      clock.after(duration, () => {
        const costs = [cost(last === null ? null : share(last))];
        resolve(attemptEnd({ outcome: "succeeded", costs, duration }));
      });
    });
    return { result, stop: () => undefined };
  };
  let ids = 0;
  const nothing = (): Promise<void> => Promise.resolve();
  const all = new Executions({
    spending: () => Promise.resolve(new Map()),
    clock,
    journal,
    newId: () => `run-${(ids += 1)}`,
    equip: () => Promise.resolve({ starter: { start }, onEvents: () => undefined, finish: nothing, close: nothing }),
    onStalled: () => undefined,
    onLost: (_, reason) => assert.fail(String(reason)),
  });
  for (const { costs, delay, environment } of executions) {
    const front = environment === "" ? "" : `---\ncontext: {environment: ${environment}}\n---\n`;
    const steps = costs.map((cost, index) => `- [ ] [P] s${index}\n  - command: x\n  - cost: ${cost / 100}\n`);
    const plan = planOf(front + steps.join(""), { budget });
    clock.after(delay, () => {
      all
        .start(plan, { writeBack: false, onFailure: "continue", scope: null, agentLimits: {} })
        .catch((reason: unknown) => assert.fail(String(reason)));
    });
  }
  await clock.advance(120_000);
  await quiet();
  return journal.events;
}

interface Attempt {
  reserved: Micros;
  isUnknown: boolean;
}

/** Books that are kept from the merged log alone. */
class Books {
  #spent: Micros = 0;
  readonly #running = new Map<string, Attempt>();

  get used(): Micros {
    return [...this.#running.values()].reduce((sum, { reserved }) => sum + reserved, this.#spent);
  }

  take(event: ExecutionEvent): void {
    if (event.type === "attempt.started") {
      this.#running.set(event.attemptId, { reserved: event.reserved, isUnknown: false });
    } else if (event.type === "attempt.reported" || event.type === "attempt.finished") {
      const attempt = this.#running.get(event.attemptId);
      assert.ok(attempt);
      for (const { amount } of event.costs) {
        this.#spent += amount ?? 0;
        attempt.reserved -= amount ?? 0;
        attempt.isUnknown ||= amount === null;
      }
      if (event.type === "attempt.reported") return;
      this.#running.delete(event.attemptId);
      if (attempt.isUnknown) this.#spent += attempt.reserved;
    }
  }
}

describe("executions that race for the last money of a policy (E2)", () => {
  it("fault 23: at every reservation of any of them spent + reserved <= limit, over all of them, whatever they cost and in whatever order", async () => {
    let refusals = 0;
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const events = await race(one);
        const environments = new Map<string, string | null>();
        const limits = { all: toMicros(one.total / 120) ?? 0, prod: toMicros(one.ofProd / 100) ?? 0 };
        const books = { all: new Books(), prod: new Books() };
        for (const event of events) {
          if (event.type === "execution.created") environments.set(event.executionId, event.plan.environment);
          const isProd = environments.get(event.executionId) !== "dev";
          books.all.take(event);
          if (isProd) books.prod.take(event);
          if (event.type === "decision.asked" || (event.type === "step.finished" && event.status === "skipped"))
            refusals += 1;
          if (event.type !== "attempt.started") continue;
          assert.ok(books.all.used <= limits.all, `${books.all.used} of ${limits.all} at ${event.attemptId}`);
          if (isProd)
            assert.ok(books.prod.used <= limits.prod, `${books.prod.used} of ${limits.prod} at ${event.attemptId}`);
        }
        for (const executionId of environments.keys()) {
          const state = foldAll(events.filter((event) => event.executionId === executionId));
          assert.equal(state?.running.size, 0, "every attempt has ended");
        }
      }),
      { numRuns: 60 },
    );
    assert.ok(refusals > 20, "money was scarce");
  });

  it("fault 23: of 50 attempts that want the last money at the same moment exactly those run that fit", async () => {
    const executions = Array.from({ length: 5 }, () => ({
      costs: Array<number>(10).fill(10),
      delay: 0,
      environment: "",
    }));
    const deeds = [{ duration: 100, said: 0.5, last: 0.5 }];
    const events = await race({ executions, deeds, total: 276, ofProd: 10_000, mode: "enforce" });
    const started = events.filter(({ type }) => type === "attempt.started");
    assert.equal(started.length, 23, "2.30 of 2.30");
  });
});
